import { Fault } from "../../model/failure.ts";
import type { Limits } from "../../ports/shell.ts";
import type { Answer, Line, Question } from "./line.ts";

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5000;
/** A host that was waited for in vain a moment ago is asked, and not waited for once more. */
const AGAIN_MS = 2000;
const LATELY_MS = 300_000;
/** When each line was last waited for in vain. */
const gaveUpAt = new WeakMap<Line, number>();

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
  const patienceMs = patienceFor(line, { ...limits, now: began });
  let brokeAt: number | undefined;
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    const asked = clock.monotonic();
    const left = { ...limits, timeoutMs: Math.max(1, until - asked) };
    const answer = await line.ask(question(), left);
    if (answer.is !== "out of reach") {
      gaveUpAt.delete(line);
      return answer;
    }
    const now = clock.monotonic();
    // An answer that broke off late is a new trouble, not the old one going on.
    if (brokeAt === undefined || now - asked > patienceMs) brokeAt = now;
    const { failure, isPassing } = answer.trouble;
    const isOver = now - brokeAt > patienceMs || now + wait > until;
    if (isPassing && isOver) gaveUpAt.set(line, now);
    if (!isPassing || isOver || limits.mayRepeat?.() === false) throw new Fault(failure);
    await clock.sleep(wait, limits.signal);
    if (limits.signal?.aborted === true) return { is: "given up", how: { how: "cancelled" } };
  }
}

interface Waiting {
  readonly patienceMs: number;
  readonly timeoutMs: number;
  readonly now: number;
}

/** Who attends a command that may be running there waits as long as that may take, whatever was before. */
function patienceFor(line: Line, { patienceMs, timeoutMs, now }: Waiting): number {
  const then = gaveUpAt.get(line);
  const isLately = then !== undefined && now - then < LATELY_MS;
  return isLately && patienceMs < timeoutMs ? Math.min(patienceMs, AGAIN_MS) : patienceMs;
}
