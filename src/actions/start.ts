import type { Diagnostic } from "../model/diagnostic.ts";
import { EXIT } from "../model/exit.ts";
import { Fault } from "../model/failure.ts";
import type { Plan } from "../model/plan.ts";
import { carry, finishEnded, type Carried, type Following } from "./carry.ts";
import { lockOwner } from "./standings.ts";
import type { PlanRequest, Workplace } from "./workplace.ts";

export type Started =
  | { readonly ok: true; readonly carried: Carried; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Plans and carries out a run. Nothing is touched when the plan is wrong, or the environment belongs to another run. */
export async function start(
  workplace: Workplace,
  request: PlanRequest,
  following: Following & { readonly onPlanned?: (run: string, plan: Plan) => void },
): Promise<Started> {
  const made = makePlan(workplace, request);
  if (!made.ok) return made;
  const { value: plan, diagnostics } = made;
  await refuseUnfinished(workplace, plan.environment.name);
  await refuseHeld(workplace, plan.environment.name);
  const run = await create(workplace, plan);
  following.onPlanned?.(run, plan);
  const carried = await carry(workplace, { run, because: "start", first: [] }, following);
  return { ok: true, carried, diagnostics };
}

export function makePlan(workplace: Workplace, request: PlanRequest) {
  const project = workplace.loadProject();
  return project.ok ? project.value.makePlan(request) : project;
}

/** An environment belongs to the run that locked it until that run is resumed, cancelled or decided. */
async function refuseUnfinished(workplace: Workplace, environment: string): Promise<void> {
  const owner = await lockOwner(workplace, environment);
  if (!owner) return;
  // A crash came between the end of the run and the end of its lock.
  if (owner.stands.is === "ended" && owner.stands.exit !== EXIT.rollbackFailed)
    return finishEnded(workplace, owner.stands.id, owner.lock);
  // The lease refuses what runs, and names the holder.
  if (owner.stands.is === "running") return undefined;
  throw new Fault({
    code: "environment-locked",
    what: `${environment} belongs to run ${owner.stands.id}, which is not finished: ${owner.stands.words}.`,
    fix: `First finish that one: ${owner.stands.can.map((command) => `seaworthy ${command}`).join(", or ")}`,
  });
}

/** Refuses before a number is used up; the run takes the environment itself when it begins. */
async function refuseHeld(
  { journal, who, pid, host }: Workplace,
  environment: string,
): Promise<void> {
  const lease = await journal.lease(environment, { run: "0", by: who, pid, host });
  await lease.release();
}

async function create(workplace: Workplace, plan: Plan): Promise<string> {
  const { journal, clock, who, tool } = workplace;
  const snapshot = JSON.stringify(plan);
  const createdAt = new Date(clock.now()).toISOString();
  for (let tries = 0; ; tries += 1) {
    const [newest] = await journal.runs({ limit: 1 });
    const id = String(Number(newest?.id ?? 0) + 1 + tries);
    try {
      const head = await journal.create(
        { id, environment: plan.environment.name, plan: plan.name, createdAt },
        snapshot,
      );
      const { project, name, environment } = plan;
      const planned = { plan: name, digest: head.digest, project, environment: environment.name };
      await journal.append(id, 0, [{ kind: "run-planned", ...planned, by: who, tool }]);
      return id;
    } catch (error) {
      // Somebody else planned a run at the same moment.
      if (!(error instanceof Fault) || error.failure.code !== "run-exists" || tries > 50)
        throw error;
    }
  }
}
