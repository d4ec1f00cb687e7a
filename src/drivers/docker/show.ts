import { oneLine } from "../../lib/one-line.ts";
import type { Release } from "../../model/release.ts";
import type { Act, Part, Usage } from "../../ports/driver.ts";
import { readTop } from "../docker-top.ts";
import { mostly } from "../rollout.ts";
import { eachMachine } from "./each.ts";
import { endOf } from "./judge.ts";
import { look, type Machine, must } from "./machine.ts";
import { partName } from "./part.ts";
import { PROBE } from "./scripts.ts";
import type { Setting } from "./setting.ts";
import { type Container, see, type Sight } from "./sight.ts";
import { isInPlace, ours, servingOn } from "./standing.ts";

/** Which release serves: where machines differ, the one that most of them have. */
export async function current(setting: Setting, act: Act): Promise<Release | undefined> {
  const found = await eachMachine(setting, "Asking which release serves", async (machine) =>
    servingOn(setting, await see(setting, machine, { act })),
  );
  const serving = found.flatMap((each) => (each === undefined ? [] : [each.release]));
  const most = mostly(serving, ({ id }) => id);
  if (serving.length < found.length || serving.some(({ id }) => id !== most?.id))
    if (most !== undefined)
      act.say(`the hosts differ: ${found.map((each) => each?.release.id ?? "none").join(", ")}`);
  return most;
}

/** Containers that stand where people come, and others that run. */
function standing(setting: Setting, sight: Sight): readonly Container[] {
  return ours(setting, sight).filter(
    (each) => isInPlace(each) || ["running", "restarting", "paused"].includes(each.status),
  );
}

/** Each of them as a part. */
export async function parts(setting: Setting, act: Act): Promise<readonly Part[]> {
  const all = await eachMachine(setting, "Looking at containers", async (machine) => {
    const sight = await see(setting, machine, { act });
    return Promise.all(standing(setting, sight).map((each) => partOf(machine, each, act)));
  });
  return all.flat();
}

async function partOf(machine: Machine, container: Container, act: Act): Promise<Part> {
  const { part, release, status, restarts, health, exitCode } = container;
  const healthy = await isHealthy(machine, container, act);
  const words = [
    endOf(container),
    healthy === false && health?.output ? `last check: ${oneLine(health.output)}` : undefined,
  ].filter((each) => each !== undefined);
  return {
    name: partName(machine, part),
    ...(release !== undefined && { release }),
    state: status,
    ...(status === "exited" && { exit: exitCode }),
    ...(healthy !== undefined && { healthy }),
    restarts,
    ...(words.length > 0 && { detail: words.join(", ") }),
  };
}

/** Undefined when nothing says so: it runs, and has no health check. */
async function isHealthy(
  machine: Machine,
  { id, status, health, check }: Container,
  act: Act,
): Promise<boolean | undefined> {
  if (status !== "running") return false;
  if (health === undefined) return undefined;
  if (health.status !== "starting") return health.status === "healthy";
  // The engine's first look may be half a minute away.
  const args = [id, "", "", "", "", check === undefined ? "" : "check", ...(check ?? [])];
  const told = await look(machine, PROBE, { args, act });
  return /^H$/m.test(told.stdout);
}

/** What each process of the containers uses now. */
export async function usage(setting: Setting, act: Act): Promise<readonly Usage[]> {
  const all = await eachMachine(setting, "Asking what it uses", async (machine) => {
    const sight = await see(setting, machine, { act });
    const running = standing(setting, sight).filter(({ status }) => status === "running");
    const told = await look(machine, TOP, { args: running.map(({ id }) => id), act });
    const tables = told.stdout.split(/^U \d+$/m).slice(1);
    return running.flatMap(({ part }, index) =>
      readTop(partName(machine, part), tables[index] ?? ""),
    );
  });
  return all.flat();
}

const TOP = `number=0
for id in "$@"; do
  echo "U $number"
  number=$((number + 1))
  docker top "$id" -eo pid,rss,time || true
done`;

/** All that docker tells of each container of the target, those that are kept included. */
export async function inspect(setting: Setting, act: Act): Promise<string> {
  const all = await eachMachine(setting, "Inspecting containers", async (machine) => {
    const sight = await see(setting, machine, { act });
    const ids = standing(setting, sight).map(({ id }) => id);
    if (ids.length === 0) return "";
    const told = await must(machine, 'docker container inspect "$@"', {
      args: ids,
      act,
      doing: "Inspecting containers",
    });
    return machine.host === undefined ? told : `# ${machine.host}\n${told}`;
  });
  return all.join("") || "[]\n";
}
