import { showDuration } from "../../lib/duration.ts";
import { showSafely } from "../../lib/escape.ts";
import type { Entry } from "../../model/event.ts";
import { clockTime, linesOf } from "../../report/line.ts";
import { plainText } from "../../report/plain.ts";
import { paint, paintTone } from "../paint.ts";
import type { Terminal } from "../terminal.ts";
import { activeSteps } from "./active.ts";
import type { Follower } from "./follower.ts";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const REDRAW_MS = 120;

/** For a person at a screen: finished lines are printed once, only the few lines of what is under way are redrawn. */
export function followOnScreen(terminal: Terminal): Follower {
  const active = activeSteps();
  let drawn = 0;
  let frame = 0;

  const erase = () => {
    if (drawn > 0) terminal.err(`\u001b[${drawn}A\u001b[J`);
    drawn = 0;
  };
  const draw = () => {
    const steps = active.list().slice(0, Math.max(1, terminal.rows - 4));
    for (const { name, since, said } of steps) {
      const mark = terminal.utf8 ? (FRAMES[frame % FRAMES.length] ?? "") : "*";
      const text = `${mark} ${name}  ${showDuration(performance.now() - since)}  ${showSafely(said)}`;
      terminal.err(
        `${paint(terminal, "cyan", text.slice(0, Math.max(20, terminal.columns - 1)))}\n`,
      );
    }
    drawn = steps.length;
  };
  const ticking = setInterval(() => {
    frame += 1;
    erase();
    draw();
  }, REDRAW_MS);
  return {
    entry(entry) {
      active.take(entry);
      erase();
      terminal.err(finishedLines(terminal, entry));
      draw();
    },
    [Symbol.dispose]: () => {
      clearInterval(ticking);
      erase();
    },
  };
}

/** What is worth a line for good: progress is only shown while it lasts, unless it says no. */
function finishedLines(terminal: Terminal, entry: Entry): string {
  const { event } = entry;
  if (event.kind === "attempt-started") return "";
  if (event.kind === "progress-made" && event.outcome === undefined) return "";
  const time = paint(terminal, "dim", `[${clockTime(entry.at)}]`);
  return linesOf(entry)
    .map((line) => `${time} ${paintTone(terminal, line.tone, plainText(line))}\n`)
    .join("");
}
