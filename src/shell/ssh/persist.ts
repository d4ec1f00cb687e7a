import { Fault } from "../../model/failure.ts";
import type { Limits } from "../../ports/shell.ts";
import type { Answer, Line, Question } from "./line.ts";

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5000;

export type Told = Exclude<Answer, { readonly is: "out of reach" }>;

/**
 * Asks until there is an answer: after each break over a new connection, for as long as `patienceMs`. Fault
 * `host-unreachable` and what else ssh says.
 */
export async function persist(
  line: Line,
  question: () => Question,
  limits: Limits & { readonly patienceMs: number; readonly mayRepeat?: () => boolean },
): Promise<Told> {
  const { clock } = line.world;
  const began = clock.monotonic();
  const until = began + limits.timeoutMs;
  let brokeAt: number | undefined;
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    const asked = clock.monotonic();
    const left = { ...limits, timeoutMs: Math.max(1, until - asked) };
    const answer = await line.ask(question(), left);
    if (answer.is !== "out of reach") return answer;
    const now = clock.monotonic();
    // An answer that broke off late is a new trouble, not the old one going on.
    if (brokeAt === undefined || now - asked > limits.patienceMs) brokeAt = now;
    const { failure, isPassing } = answer.trouble;
    const isOver = now - brokeAt > limits.patienceMs || now + wait > until;
    if (!isPassing || isOver || limits.mayRepeat?.() === false) throw new Fault(failure);
    await clock.sleep(wait, limits.signal);
    if (limits.signal?.aborted === true) return { is: "given up", how: { how: "cancelled" } };
  }
}
