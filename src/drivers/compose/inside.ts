import path from "node:path";
import { canonicalJson } from "../../lib/canonical.ts";
import { sha256 } from "../../lib/digest.ts";
import { Fault } from "../../model/failure.ts";
import type { Act, Place } from "../../ports/driver.ts";
import type { Command } from "../../ports/shell.ts";
import { dockerFor, stackArguments } from "./bring-up.ts";
import { runningPart } from "./part.ts";
import { isWhole } from "./ready.ts";
import type { Reach } from "./images/yard.ts";
import type { Setting } from "./setting.ts";
import { stagedRecord } from "./standing.ts";
import { marked, watched } from "../docker-watched.ts";

interface Order {
  readonly command: Command;
  readonly place: Place;
  readonly act: Act;
}

/** The docker command that does the same in a container: names of its environment are arguments, values never are. */
export async function inside(setting: Setting, reach: Reach, order: Order): Promise<Command> {
  const clash = Object.keys(order.command.env ?? {}).find((name) => CLIENTS_OWN.test(name));
  if (clash !== undefined) throw clientsOwn(clash);
  return order.place.as === "running" ? running(setting, order) : fresh(setting, reach, order);
}

/** What the docker program itself goes by. */
const CLIENTS_OWN = /^(?:PATH|HOME|DOCKER_\w+|COMPOSE_\w+|LD_\w+)$/;

async function running(setting: Setting, order: Order): Promise<Command> {
  const { place, act } = order;
  const { command, mark } = marked(order.command);
  const { id } = await runningPart(setting, place, act);
  const args = ["exec", "-i", ...flags(command), id, ...command.argv];
  const client = setting.docker.command(args, { env: command.env ?? {} });
  return watched(from(client, command), { container: id, mark });
}

async function fresh(
  setting: Setting,
  reach: Reach,
  { command, place, act }: Order,
): Promise<Command> {
  if (place.release === undefined) throw noRelease(setting, place.part);
  const stored = await stagedRecord(setting, place.release);
  if (!(place.part in stored.services))
    throw noService(setting, place.part, Object.keys(stored.services));
  await isWhole(setting, reach, { stored, act });
  const name = onceName(setting, { command, place });
  await removeLeftOver(setting, name, act);
  const args = ["run", "--rm", "--no-deps", "-T", "--name", name, ...flags(command)];
  const whole = [...stackArguments(setting, stored), ...args, place.part, ...command.argv];
  const made = await dockerFor(setting, stored).composeCommand(whole, act, {
    env: command.env ?? {},
  });
  return watched(from(made, command), { made: name });
}

/** The same for the same command, so that one which was left over is found again. */
function onceName({ name }: Setting, { command, place }: Omit<Order, "act">): string {
  const what = { argv: command.argv, cwd: command.cwd ?? "", release: place.release?.id ?? "" };
  return `${name}-${place.part}-once-${sha256(canonicalJson(what)).slice(0, 8)}`;
}

/** One that runs stays: it may be this very command, which its keeper still watches. */
async function removeLeftOver({ docker }: Setting, name: string, act: Act): Promise<void> {
  const told = await docker.look(["container", "inspect", "-f", "{{.State.Running}}", name], act);
  if (told.stdout.trim() === "false") await docker.look(["rm", name], act);
}

function flags({ cwd, env = {} }: Command): readonly string[] {
  const where = cwd !== undefined && path.posix.isAbsolute(cwd) ? ["-w", cwd] : [];
  return [...where, ...Object.keys(env).flatMap((name) => ["-e", name])];
}

function from(made: Command, { stdin }: Command): Command {
  return stdin === undefined ? made : { ...made, stdin };
}

function noService({ target }: Setting, part: string, known: readonly string[]): Fault {
  return new Fault({
    code: "no-such-part",
    what: `${target} has no service "${part}".`,
    fix: `Use one of: ${known.join(", ")}.`,
  });
}

function clientsOwn(name: string): Fault {
  return new Fault({
    code: "env-name-taken",
    what: `A command in a container can't be given ${name}: the docker program itself goes by it.`,
    fix: `Set ${name} in the compose file, or in a script that the command runs.`,
  });
}

function noRelease({ target }: Setting, part: string): Fault {
  return new Fault({
    code: "no-release",
    what: `No step has said of which release a fresh ${part} of ${target} is to be made.`,
    fix: 'Put a checkout before it: `- checkout: { tag: "${TAG}" }`.',
  });
}
