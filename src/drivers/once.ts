import { Fault } from "../model/failure.ts";
import type { Command, Finished, Limits, Shell } from "../ports/shell.ts";

/** A command that must not run twice. */
export interface Keyed {
  /** Without the number of the try. */
  readonly key: string;
  readonly command: Command;
}

/**
 * Runs a command that must not run twice, and hands back how it ended: a try that runs is attached to, one that has ended
 * well is adopted, and only after one that has ended badly before this call it is run again, under a key of its own.
 * Fault `command-lost` when this try was started and nobody can say how it ended; the next call tries anew.
 */
export async function once(
  shell: Shell,
  { key, command }: Keyed,
  limits: Limits,
): Promise<Finished> {
  for (let tries = 1; tries <= MOST_TRIES; tries++) {
    const attempt = `${key}/${tries}`;
    // oxlint-disable-next-line no-await-in-loop -- each is asked only when the one before has ended badly
    const receipt = await shell.receipt(attempt);
    if (receipt.state === "lost") continue;
    if (receipt.state !== "ended") return shell.run(attempt, command, limits);
    if (endedWell(receipt.finished)) return receipt.finished;
  }
  throw new Fault({
    code: "tried-too-often",
    what: `\`${command.argv.join(" ")}\` has ended badly ${MOST_TRIES} times under the same key.`,
    fix: "Mend what it needs, and deploy a new release.",
  });
}

const MOST_TRIES = 1_000;

export function endedWell({ ended }: Finished): boolean {
  return ended.how === "exit" && ended.code === 0;
}

/** How it ended, for people: `exit code 2`. */
export function howEnded({ ended }: Pick<Finished, "ended">): string {
  if (ended.how === "exit") return `exit code ${ended.code}`;
  if (ended.how === "signal") return `signal ${ended.signal}`;
  return ended.how === "not-started" ? ended.why : ended.how;
}
