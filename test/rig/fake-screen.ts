import type { Terminal } from "../../src/cli/terminal.ts";

/** A terminal that keeps what a person would see; knows only the few codes that we send, and refuses others. */
export interface FakeScreen extends Terminal {
  columns: number;
  rows: number;
  /** All that was written to stderr, as it was written. */
  readonly writes: readonly string[];
  /** All that was written to stdout. */
  readonly result: readonly string[];
  /** The lines on the screen and above it, wrapped as a terminal wraps them, without those that are empty at the end. */
  seen(): readonly string[];
  /** How many lines a write drew, each as long as it is before it is wrapped. */
  linesOf(write: string): readonly string[];
}

// oxlint-disable-next-line no-control-regex -- control characters are what a screen is about
const DRAWS_NOTHING = /\r|\u001b\[\d*[A-Za-z]/g;
// oxlint-disable-next-line no-control-regex -- as above
const CODES = /\u001b\[(\d*)([A-Za-z])/y;

export function fakeScreen(columns: number, rows: number): FakeScreen {
  const lines: string[] = [""];
  const writes: string[] = [];
  const result: string[] = [];
  const at = { row: 0, column: 0 };
  const obey = (number: number, letter: string) => {
    if (letter === "A") at.row = Math.max(0, at.row - number);
    else if (letter === "J") {
      lines.length = at.row + 1;
      lines[at.row] = (lines[at.row] ?? "").slice(0, at.column);
    } else if (letter !== "m") throw new Error(`this screen does not know CSI ${letter}`);
  };
  const put = (letter: string) => {
    if (letter === "\r") at.column = 0;
    else if (letter === "\n") Object.assign(at, { row: at.row + 1, column: 0 });
    else {
      if (at.column === screen.columns) Object.assign(at, { row: at.row + 1, column: 0 });
      const line = (lines[at.row] ?? "").padEnd(at.column);
      lines[at.row] = line.slice(0, at.column) + letter + line.slice(at.column + 1);
      at.column += 1;
    }
    lines[at.row] ??= "";
  };
  const screen: FakeScreen = {
    columns,
    rows,
    writes,
    result,
    isScreen: true,
    colour: false,
    utf8: true,
    out: (text) => void result.push(text),
    err(text) {
      writes.push(text);
      for (let index = 0; index < text.length;) {
        CODES.lastIndex = index;
        const code = CODES.exec(text);
        if (code) obey(Number(code[1] || 1), code[2] ?? "");
        else put(text[index] ?? "");
        index += code?.[0].length ?? 1;
      }
    },
    seen: () => lines.slice(0, lines.findLastIndex((line) => line !== "") + 1),
    linesOf: (write) => write.replace(DRAWS_NOTHING, "").split("\n").slice(0, -1),
    onStop: () => () => undefined,
    exit: (code): never => {
      throw new Error(`left with ${code}`);
    },
  };
  return screen;
}
