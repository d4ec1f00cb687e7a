import { showDuration } from "../../lib/duration.ts";
import { showSafely } from "../../lib/escape.ts";
import type { Entry } from "../../model/event.ts";
import { clockTime, type Line } from "../../report/line.ts";
import { plainText } from "../../report/plain.ts";
import { teller } from "../../report/teller.ts";
import { paint, paintTone } from "../paint.ts";
import type { Terminal } from "../terminal.ts";
import { activeSteps, type ActiveStep } from "./active.ts";
import { columnsOf, cut, wrap } from "./fit.ts";
import type { Follower } from "./follower.ts";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const REDRAW_MS = 120;

/** For a person at a screen: finished lines are printed once, only the few lines of what is under way are redrawn. */
export function followOnScreen(terminal: Terminal): Follower {
  const active = activeSteps();
  const tell = teller();
  let drawn: readonly string[] = [];
  let frame = 0;

  // In one write, or the screen is seen empty in between.
  const show = (text: string, live: readonly string[]) => {
    if (drawn.length === 0 && live.length === 0 && text === "") return;
    const gone = erasing(drawn, terminal.columns);
    drawn = live;
    terminal.err(gone + text + live.map((line) => `${paint(terminal, "cyan", line)}\n`).join(""));
  };
  const ticking = setInterval(() => {
    frame += 1;
    show("", liveLines(terminal, active.list(), frame));
  }, REDRAW_MS);
  return {
    entry(entry) {
      active.take(entry);
      show(finishedLines(terminal, entry, tell(entry)), liveLines(terminal, active.list(), frame));
    },
    say(text) {
      const wrapped = wrap(text.trimEnd(), { columns: terminal.columns - 1, indent: 2 });
      show(`${wrapped}\n`, liveLines(terminal, active.list(), frame));
    },
    [Symbol.dispose]() {
      clearInterval(ticking);
      show("", []);
    },
  };
}

/** To the beginning of what was drawn, and clears from there: also a `^C` that the terminal itself has put behind it. */
function erasing(drawn: readonly string[], columns: number): string {
  // On a screen that was made narrower each line takes several rows.
  const rows = drawn.reduce(
    (sum, line) => sum + Math.max(1, Math.ceil(columnsOf(line) / columns)),
    0,
  );
  return `\r${rows > 0 ? `\u001b[${rows}A` : ""}\u001b[J`;
}

function liveLines(
  terminal: Terminal,
  steps: readonly ActiveStep[],
  frame: number,
): readonly string[] {
  // Lines above the top of the screen could not be erased.
  const most = Math.max(0, terminal.rows - 3);
  const mark = terminal.utf8 ? (FRAMES[frame % FRAMES.length] ?? "") : "*";
  const lines = steps.map(({ name, since, said }) => {
    const text = `${mark} ${name}  ${showDuration(performance.now() - since)}`;
    return said === "" ? text : `${text}  ${showSafely(said)}`;
  });
  const hidden = lines.length - most;
  const shown =
    hidden > 0 ? [...lines.slice(0, most - 1), `${mark} and ${hidden + 1} more`] : lines;
  return shown.slice(0, most).map((line) => cut(line, terminal.columns - 1));
}

/** What is worth a line for good: progress is only shown while it lasts, unless it says no; how the run ended is said with the result. */
function finishedLines(terminal: Terminal, { at, event }: Entry, lines: readonly Line[]): string {
  if (event.kind === "attempt-started" || event.kind === "run-ended") return "";
  if (event.kind === "progress-made" && event.outcome === undefined) return "";
  const time = `[${clockTime(at)}] `;
  return lines
    .map((line) => {
      const indent = time.length + 2 * (line.indent + 1);
      const room = { columns: terminal.columns - 1, indent };
      const text = wrap(time + plainText(line), room).slice(time.length);
      return `${paint(terminal, "dim", time)}${paintTone(terminal, line.tone, text)}\n`;
    })
    .join("");
}
