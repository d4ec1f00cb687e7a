import { open } from "node:fs/promises";
import { compilePattern } from "../../lib/pattern.ts";
import { Fault, type Failure } from "../../model/failure.ts";
import type { Result } from "../../model/event.ts";
import type { Finished } from "../../ports/shell.ts";
import type { Work } from "../../ports/step-kind.ts";
import { evidenceOf, explain, hasPassed, lastLines } from "../kept.ts";

export interface Expected {
  /** The command as people know it. */
  readonly name: string;
  readonly expect: {
    readonly exit: readonly number[];
    readonly output_has?: readonly string[] | undefined;
    readonly output_lacks?: readonly string[] | undefined;
  };
}

/** How a command ended, measured against what was expected of it. */
export async function judge(
  { artifacts }: Pick<Work<unknown>, "artifacts">,
  finished: Finished,
  { name, expect }: Expected,
): Promise<Result> {
  const rest = {
    evidence: evidenceOf(finished),
    numbers: { durationMs: Math.round(finished.durationMs) },
  };
  if (!hasPassed(finished, expect.exit)) {
    const failure = explain(finished, name);
    return { outcome: isUndecided(finished) ? "error" : "failed", failure, ...rest };
  }
  const output = await readOutput(artifacts, finished);
  const verdict = searched(output, { name, expect });
  if (verdict) return { ...verdict, ...rest };
  return { outcome: "passed", summary: `${name} ${how(finished)}`, ...rest };
}

function isUndecided({ ended }: Finished): boolean {
  return ended.how === "not-started" || ended.how === "cancelled";
}

function how({ ended }: Finished): string {
  return ended.how === "exit" && ended.code !== 0
    ? `ended with ${ended.code}, as expected`
    : "ended well";
}

interface Output {
  readonly text: string;
  /** False when a cap kept part of it out. */
  readonly isWhole: boolean;
}

const TAIL_BYTES = 65_536;
const MOST_BYTES = 8 * 1_048_576;

/** All of the output that can be searched: the tail when it holds everything, else the kept file. */
async function readOutput(
  artifacts: Pick<Work<unknown>["artifacts"], "path">,
  { tail, output }: Finished,
): Promise<Output> {
  if (Buffer.byteLength(tail) < TAIL_BYTES - 4) return { text: tail, isWhole: true };
  if (output === undefined) return { text: tail, isWhole: false };
  await using file = await open(artifacts.path(output.name));
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(MOST_BYTES) });
  return {
    text: buffer.toString("utf8", 0, bytesRead),
    isWhole: bytesRead < MOST_BYTES && output.droppedBytes === undefined,
  };
}

function searched({ text, isWhole }: Output, { name, expect }: Expected): Result | undefined {
  const missing = expect.output_has?.find((pattern) => !finds(pattern, text));
  const present = expect.output_lacks?.find((pattern) => finds(pattern, text));
  const fault = (code: string, what: string, fix: string): Failure => {
    return { code, what, fix, detail: lastLines(text) };
  };
  if (present !== undefined)
    return {
      outcome: "failed",
      failure: fault(
        "output-has-forbidden",
        `The output of ${name} has /${present}/.`,
        "Mend what it says, and run again.",
      ),
    };
  if (missing !== undefined && isWhole)
    return {
      outcome: "failed",
      failure: fault(
        "output-lacks-expected",
        `The output of ${name} lacks /${missing}/.`,
        "Mend the command, or the pattern.",
      ),
    };
  if (isWhole || (missing === undefined && expect.output_lacks === undefined)) return undefined;
  return {
    outcome: "inconclusive",
    failure: fault(
      "output-cut",
      `The output of ${name} was too long to be kept whole, so that nobody can say what the missing part holds.`,
      "Let it say less, or keep more of it.",
    ),
  };
}

function finds(pattern: string, text: string): boolean {
  const compiled = compilePattern(pattern);
  if (compiled.ok) return compiled.pattern.find(text) !== undefined;
  throw new Fault({
    code: "pattern-unusable",
    what: `/${pattern}/ is not a pattern once its look-ups are answered: ${compiled.why}.`,
    fix: "Correct the pattern, or what its look-ups stand for.",
  });
}
