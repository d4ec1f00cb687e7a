import { environments } from "../../actions/look.ts";
import type { Workplace } from "../../actions/workplace.ts";
import { Fault } from "../../model/failure.ts";
import { onGiven, type AddCommand } from "../command.ts";
import { look } from "../look.ts";
import { table } from "../paint.ts";
import { environmentOf } from "./people.ts";

/** `seaworthy env list|lock|unlock` */
export const addEnv: AddCommand = (program, bridge, done) => {
  const env = program
    .command("env")
    .summary("list, lock and unlock environments")
    .description("Lists environments, and locks or unlocks one.");
  const list = env.command("list").summary("environments and their locks");
  onGiven(list, done, ({ common }) =>
    look(bridge, common, async (workplace) => {
      const views = await environments(workplace);
      const rows = views.map(({ name, lock }) => [
        name,
        lock ? `locked by ${lock.by}: ${lock.reason}` : "free",
        lock?.id ?? "",
      ]);
      return {
        text: table([["ENVIRONMENT", "LOCK", "ID"], ...rows]),
        json: { environments: views },
      };
    }),
  );
  const lock = env
    .command("lock")
    .summary("let no run begin")
    .argument("[environment]", "the only one when left out")
    .requiredOption("-r, --reason <text>", "why, shown to whoever is refused");
  onGiven(lock, done, ({ words, common, text }) =>
    look(bridge, common, async (workplace) => {
      const environment = environmentOf(workplace, words[0]);
      const made = await workplace.journal.lock({
        environment,
        by: workplace.who,
        reason: text("reason") ?? "",
      });
      return {
        text: `✓ ${environment} is locked. Unlock: seaworthy env unlock ${environment} --id ${made.id}\n`,
        json: made,
      };
    }),
  );
  const unlock = env
    .command("unlock")
    .summary("end a lock, or take the environment from a run that does not answer")
    .argument("[environment]", "the only one when left out")
    .requiredOption("--id <id>", "id of the lock, as shown by `seaworthy env list`");
  onGiven(unlock, done, ({ words, common, text }) =>
    look(bridge, common, async (workplace) => {
      const environment = environmentOf(workplace, words[0]);
      await unlockChecked(workplace, environment, text("id") ?? "");
      return { text: `✓ ${environment} is free.\n`, json: { environment, unlocked: true } };
    }),
  );
};

/** Unlocking makes every older owner's fence stale, so one that wakes up later is refused. */
async function unlockChecked(workplace: Workplace, environment: string, id: string): Promise<void> {
  const lock = (await workplace.journal.locks()).find((l) => l.environment === environment);
  if (!lock)
    throw new Fault({
      code: "not-locked",
      what: `${environment} is not locked.`,
      fix: "There is nothing to do.",
    });
  await workplace.journal.unlock(environment, id);
}
