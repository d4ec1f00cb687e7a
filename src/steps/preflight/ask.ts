import { randomBytes } from "node:crypto";
import { Fault } from "../../model/failure.ts";
import type { Limits, Shell } from "../../ports/shell.ts";
import { QUESTIONS_SCRIPT } from "./host-script.ts";
import { answersIn, linesOf, type Inquiry } from "./inquiry.ts";
import { inquiryOf, type Asked } from "./questions.ts";
import { refused } from "./reach.ts";
import { bad, MOST_MS, withOwnFix, type Row } from "./row.ts";
import type { Check } from "./spec.ts";

const MOST_BYTES = 8 * 1_048_576;

/** What a check asks; when nobody can make sense of what is written there, that is the answer. */
export function inquire(check: Check, asked: Asked): Inquiry {
  try {
    const inquiry = inquiryOf(check, asked);
    if (inquiry !== undefined) return inquiry;
  } catch (error) {
    const [kind = ""] = Object.keys(check);
    const row = refused(kind, error);
    return { name: kind, questions: [], judge: () => row };
  }
  throw new TypeError(`no machine can be asked this: ${Object.keys(check).join(", ")}`);
}

/** Puts all questions of these checks to a machine in one go. Fault when it could not be asked. */
export async function askMachine(
  { shell, cwd }: { readonly shell: Shell; readonly cwd?: string },
  checks: readonly { readonly check: Check; readonly inquiry: Inquiry }[],
  limits: Limits,
): Promise<readonly Row[]> {
  const nonce = randomBytes(16).toString("hex");
  const questions = checks.flatMap(({ inquiry }) => inquiry.questions);
  if (questions.length === 0) return checks.map(({ inquiry }) => inquiry.judge([]));
  const { stdout, ended, tail } = await shell.look(
    {
      argv: ["sh", "-c", QUESTIONS_SCRIPT],
      stdin: linesOf(nonce, questions),
      ...(cwd !== undefined && { cwd }),
    },
    {
      timeoutMs: Math.min(limits.timeoutMs, MOST_MS * (1 + questions.length)),
      ...(limits.signal && { signal: limits.signal }),
      maxBytes: MOST_BYTES,
    },
  );
  limits.signal?.throwIfAborted();
  const answers = answersIn(stdout, nonce);
  if (answers.length === 0 && ended.how === "not-started") throw noShell(ended.why);
  let from = 0;
  return checks.map(({ check, inquiry }) => {
    const own = answers.slice(from, (from += inquiry.questions.length));
    const told = own.filter((each) => each !== undefined);
    const isWhole = told.length === inquiry.questions.length;
    const row = isWhole ? inquiry.judge(told) : unanswered(inquiry.name, tail);
    return withOwnFix(row, check);
  });
}

function unanswered(name: string, tail: string): Row {
  const last = tail.trim().split("\n").at(-1) ?? "";
  return bad(
    name,
    "no answer in time",
    `Try it there by hand: something does not end${last === "" ? "" : ` (${last.slice(0, 100)})`}.`,
  );
}

function noShell(why: string): Fault {
  return new Fault({
    code: "preflight-no-shell",
    what: `sh can't be started: ${why}.`,
    fix: "The machine needs a POSIX shell called sh.",
  });
}
