import { showDuration } from "../../lib/duration.ts";
import { plainLines } from "../../report/plain.ts";
import { teller } from "../../report/teller.ts";
import type { Terminal } from "../terminal.ts";
import { activeSteps } from "./active.ts";
import type { Follower } from "./follower.ts";

/** A step that says nothing for this long gets a line that says so. */
const HEARTBEAT_MS = 15_000;

/** One line per transition, for logs and CI: no cursor codes, and a heartbeat while a step takes long. */
export function followPlainly(terminal: Terminal): Follower {
  const active = activeSteps();
  const tell = teller();
  let spokeAt = performance.now();
  const speak = (text: string) => {
    if (text === "") return;
    spokeAt = performance.now();
    terminal.err(text);
  };
  const beat = setInterval(() => {
    if (performance.now() - spokeAt < HEARTBEAT_MS) return;
    const time = new Date().toISOString().slice(11, 19);
    for (const { name, since } of active.list())
      speak(`[${time}] … ${name} still going, ${showDuration(performance.now() - since)}\n`);
  }, 1000);
  return {
    entry(entry) {
      active.take(entry);
      speak(plainLines(entry, tell(entry)));
    },
    say: speak,
    [Symbol.dispose]: () => clearInterval(beat),
  };
}
