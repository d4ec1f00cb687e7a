import { EXIT } from "../model/exit.ts";
import { Fault, type Failure } from "../model/failure.ts";
import { failureLines } from "../report/line.ts";
import { plainText } from "../report/plain.ts";
import { paintTone } from "./paint.ts";
import type { Terminal } from "./terminal.ts";

const EXITS: Readonly<Record<string, number>> = {
  "environment-locked": EXIT.locked,
  "fence-stale": EXIT.locked,
  "secret-missing": EXIT.refused,
  "secret-too-short": EXIT.refused,
  "secret-command-failed": EXIT.refused,
  "journal-damaged": EXIT.mistake,
  "journal-unwritable": EXIT.mistake,
  "journal-unreadable": EXIT.mistake,
  "journal-busy": EXIT.mistake,
};

/** The exit code of a failure that no run could write down. */
function exitOf(failure: Failure): number {
  return EXITS[failure.code] ?? EXIT.usage;
}

function showFailure(terminal: Terminal, failure: Failure): string {
  return failureLines(failure)
    .map((line, index) => {
      const text = index === 0 ? `✗ ${line.text}` : plainText(line);
      return `${paintTone(terminal, line.tone, text)}\n`;
    })
    .join("");
}

/** What is thrown up to the command line: a failure of the world, or a mistake of ours. */
export function endWith(terminal: Terminal, error: unknown, json: boolean): number {
  if (error instanceof Fault) {
    const exit = exitOf(error.failure);
    terminal.err(showFailure(terminal, error.failure));
    if (json) terminal.out(`${JSON.stringify({ type: "result", exit, failure: error.failure })}\n`);
    return exit;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  terminal.err(
    `✗ Seaworthy itself made a mistake; nothing you wrote caused it.\n${stack}\n` +
      `  fix: Please report it with the text above. Where things stand: seaworthy status\n`,
  );
  if (json)
    terminal.out(`${JSON.stringify({ type: "result", exit: EXIT.mistake, mistake: stack })}\n`);
  return EXIT.mistake;
}
