import type { Terminal } from "../terminal.ts";
import type { Follower } from "./follower.ts";

/** Version of the NDJSON stream: fields are added within it, never renamed. */
const STREAM = "seaworthy-events/1";

/** One JSON object a line on stdout: first the version, then each journal entry; whoever opened it adds the result last. */
export function followAsEvents(terminal: Terminal, tool: string): Follower {
  terminal.out(`${JSON.stringify({ type: "version", stream: STREAM, tool })}\n`);
  return {
    entry(entry) {
      terminal.out(`${JSON.stringify({ type: "entry", ...entry })}\n`);
    },
    say: (text) => terminal.err(text),
    [Symbol.dispose]: () => undefined,
  };
}
