import { environments } from "../../actions/look.ts";
import { stopEnvironment } from "../../actions/stop.ts";
import { lockOwner, type RunStanding } from "../../actions/standings.ts";
import type { Workplace } from "../../actions/workplace.ts";
import { onGiven, type AddCommand } from "../command.ts";
import { look } from "../look.ts";
import { table } from "../paint.ts";
import { environmentOf } from "./people.ts";

/** `seaworthy env list|lock|unlock|stop` */
export const addEnv: AddCommand = (program, bridge, done) => {
  const env = program
    .command("env")
    .summary("list, lock, unlock and stop environments")
    .description("Lists environments, locks or unlocks one, or stops what runs there.");
  addList(env, bridge, done);
  addLock(env, bridge, done);
  addUnlock(env, bridge, done);
  addStop(env, bridge, done);
};

const addList: AddCommand = (env, bridge, done) => {
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
};

const addLock: AddCommand = (env, bridge, done) => {
  const lock = env
    .command("lock")
    .summary("let no run begin")
    .argument("[environment]", "the only one when left out")
    .requiredOption("-r, --reason <text>", "why, shown to whoever is refused");
  onGiven(lock, done, (given) =>
    look(bridge, given.common, async (workplace) => {
      const environment = environmentOf(workplace, given.words[0]);
      const reason = given.text("reason") ?? "";
      const made = await workplace.journal.lock({ environment, by: workplace.who, reason });
      const unlock = `seaworthy env unlock ${environment} --id ${made.id}`;
      return { text: `✓ ${environment} is locked. Unlock: ${unlock}\n`, json: made };
    }),
  );
};

const addUnlock: AddCommand = (env, bridge, done) => {
  const unlock = env
    .command("unlock")
    .summary("end a lock, or take the environment from a run that does not answer")
    .argument("[environment]", "the only one when left out")
    .requiredOption("--id <id>", "id of the lock, as shown by `seaworthy env list`");
  onGiven(unlock, done, (given) =>
    look(bridge, given.common, async (workplace) => {
      const environment = environmentOf(workplace, given.words[0]);
      await workplace.journal.unlock(environment, given.text("id") ?? "");
      return { text: `✓ ${environment} is free.\n`, json: { environment, unlocked: true } };
    }),
  );
};

const addStop: AddCommand = (env, bridge, done) => {
  const stop = env
    .command("stop")
    .summary("stop what runs there; files and data stay")
    .argument("[environment]", "the only one when left out");
  onGiven(stop, done, (given) =>
    look(bridge, given.common, async (workplace) => {
      const environment = environmentOf(workplace, given.words[0]);
      const targets = await stopEnvironment(workplace, environment);
      const stands = await unfinishedOn(workplace, environment);
      const stopped = `✓ ${targets.join(", ") || "nothing"} stopped on ${environment}.`;
      return {
        text: `${stopped}${stands ? `\n${goesOn(stands)}` : " The next deploy starts it again."}\n`,
        json: { environment, stopped: targets, ...(stands && { unfinished: stands.id }) },
      };
    }),
  );
};

/** The run to which the environment belongs until it has ended well. */
async function unfinishedOn(
  workplace: Workplace,
  environment: string,
): Promise<RunStanding | undefined> {
  const stands = (await lockOwner(workplace, environment))?.stands;
  const isOver = stands?.is === "ended" && stands.words !== "rollback failed";
  return isOver ? undefined : stands;
}

function goesOn({ id, words, can }: RunStanding): string {
  const [first = `resume ${id}`] = can;
  return `! Run ${id} is not finished: ${words}.\n  Going on with it starts again what was stopped: seaworthy ${first}`;
}
