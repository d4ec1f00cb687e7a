import { Fault } from "../model/failure.ts";
import { planOf } from "./carry.ts";
import type { Workplace } from "./workplace.ts";

const STOP_MS = 60_000;

/** Stops what runs on an environment, as its owner. Returns the targets that were stopped. */
export async function stopEnvironment(
  workplace: Workplace,
  environment: string,
): Promise<readonly string[]> {
  const { journal, who, pid, host } = workplace;
  const [head] = await journal.runs({ environment, limit: 1 });
  if (!head) return [];
  const plan = await planOf(workplace, head.id);
  const lease = await journal.lease(environment, { run: head.id, by: who, pid, host });
  try {
    await using tools = await workplace.openTools(plan, head.id, lease.fence);
    const act = { signal: AbortSignal.timeout(STOP_MS), timeoutMs: STOP_MS, say: () => undefined };
    for (const target of plan.environment.targets) {
      const driver = tools.driver(target);
      if (!driver.stop) throw cannotStop(target);
      await driver.stop(act);
    }
    return plan.environment.targets;
  } finally {
    await lease.release();
  }
}

function cannotStop(target: string): Fault {
  return new Fault({
    code: "cannot-stop",
    what: `The driver of ${target} cannot stop what runs there.`,
    fix: "Stop it by the target's own means.",
  });
}
