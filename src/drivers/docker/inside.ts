import path from "node:path";
import { canonicalJson } from "../../lib/canonical.ts";
import { sha256 } from "../../lib/digest.ts";
import { Fault } from "../../model/failure.ts";
import type { Act, Place } from "../../ports/driver.ts";
import type { Command } from "../../ports/shell.ts";
import { marked, watched } from "../docker-watched.ts";
import { provide } from "./images.ts";
import { creation, envFlags, environment } from "./create.ts";
import { look } from "./machine.ts";
import { runningPart, spotOf } from "./part.ts";
import { actOn, type Setting } from "./setting.ts";
import { see } from "./sight.ts";
import { clientsOwn, CLIENTS_OWN } from "./stage.ts";
import { recordOf } from "./standing.ts";
import { openStore } from "./store.ts";
import type { StoredPart } from "./stored.ts";

interface Order {
  readonly command: Command;
  readonly place: Place;
  readonly act: Act;
}

/** The docker command that does the same in a container: names of its environment are arguments, values never are. */
export async function inside(setting: Setting, order: Order): Promise<Command> {
  const clash = Object.keys(order.command.env ?? {}).find((name) => CLIENTS_OWN.test(name));
  if (clash !== undefined) throw clientsOwn(order.place.part, clash);
  return order.place.as === "running" ? running(setting, order) : fresh(setting, order);
}

async function running(setting: Setting, order: Order): Promise<Command> {
  const { place, act } = order;
  const { command, mark } = marked(order.command);
  const { id } = await runningPart(setting, place, act);
  const client: Command = {
    argv: ["docker", "exec", "-i", ...flags(command), id, ...command.argv],
    env: command.env ?? {},
    ...(command.stdin !== undefined && { stdin: command.stdin }),
  };
  return watched(client, { container: id, mark });
}

async function fresh(setting: Setting, { command, place, act }: Order): Promise<Command> {
  if (place.release === undefined) throw noRelease(setting, place.part);
  const { machine, part } = spotOf(setting, place.part);
  const sight = await see(setting, machine, { act });
  const { parts, release } = recordOf(setting, sight, place.release);
  const stored = parts[part];
  if (stored === undefined) throw noRelease(setting, place.part);
  await using store = openStore(setting);
  const own = actOn(machine, act);
  await provide(setting, machine, { parts: { [part]: stored }, release, store, act: own });
  const name = onceName({ command, place, part });
  await look(machine, LEFT_OVER, { args: [name], act });
  const { stdin: files } = creation(stored, {
    part,
    release: release.id,
    owner: setting.owner,
    secrets: setting.secrets,
  });
  const client = freshClient(setting, { command, stored, name, files });
  return watched(client, { made: name });
}

function freshClient(
  { secrets }: Setting,
  {
    command,
    stored,
    name,
    files,
  }: { command: Command; stored: StoredPart; name: string; files: string | undefined },
): Command {
  const own = [...ownFlags(stored), ...envFlags(stored), ...flags(command), stored.image];
  return {
    argv: ["sh", "-c", FRESH, "sh", name, "--rm", "-i", ...own, ...command.argv],
    env: {
      ...environment(stored, secrets),
      ...command.env,
      ...(files !== undefined && { SEAWORTHY_FILES: Buffer.from(files).toString("base64") }),
    },
    ...(command.stdin !== undefined && { stdin: command.stdin }),
  };
}

/** One that runs stays: it may be this very command, which its keeper still watches. */
const LEFT_OVER = `if [ "$(docker container inspect -f '{{.State.Running}}' "$1" 2>/dev/null)" = false ]; then docker rm "$1" >/dev/null; fi`;

/** Files go in before it starts; their archive comes by the environment, since stdin is the command's own. */
const FRESH = `set -eu
name=$1
shift
docker create --name "$name" "$@" >/dev/null
if [ -n "\${SEAWORTHY_FILES-}" ]; then
  printf %s "$SEAWORTHY_FILES" | base64 -d | docker cp - "$name:/"
  unset SEAWORTHY_FILES
fi
exec docker start -ai "$name"`;

/** Options that come with a value, and would make it another of those that serve. */
const NOT_FRESH: ReadonlySet<string> = new Set([
  "--publish",
  "--network-alias",
  "--health-cmd",
  "--health-interval",
  "--health-timeout",
  "--health-start-period",
  "--health-retries",
]);

/** What the container has, without what only one that serves may have. */
export function ownFlags({ flags: all }: Pick<StoredPart, "flags">): readonly string[] {
  return all.filter((flag, index) => !NOT_FRESH.has(flag) && !NOT_FRESH.has(all[index - 1] ?? ""));
}

/** The same for the same command, so that one which was left over is found again. */
function onceName({ command, place, part }: Omit<Order, "act"> & { part: string }): string {
  const what = { argv: command.argv, cwd: command.cwd ?? "", release: place.release?.id ?? "" };
  return `${part}--once-${sha256(canonicalJson(what)).slice(0, 8)}`;
}

function flags({ cwd, env = {} }: Command): readonly string[] {
  const where = cwd !== undefined && path.posix.isAbsolute(cwd) ? ["-w", cwd] : [];
  return [...where, ...Object.keys(env).flatMap((name) => ["-e", name])];
}

function noRelease({ target }: Setting, part: string): Fault {
  return new Fault({
    code: "no-release",
    what: `No step has said of which release a fresh ${part} of ${target} is to be made.`,
    fix: 'Put a checkout and `stage` before it: `- checkout: { tag: "${TAG}" }`.',
  });
}
