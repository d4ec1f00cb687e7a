import { readFile, rm, writeFile, utimes } from "node:fs/promises";
import { Fault } from "../../model/failure.ts";
import type { Act, PartFile, Place } from "../../ports/driver.ts";
import type { Command } from "../../ports/shell.ts";
import { ask } from "./ask.ts";
import { PLACE } from "./host-scripts/show.ts";
import { checkedId, hostAt, type Setting } from "./setting.ts";
import { environmentOf, folderOf } from "./units.ts";

/**
 * The same command in a release's folder on the host that the place names: what serves there, or the release that is staged.
 * It has the units' environment and secrets, and runs as their user.
 */
export async function inside(
  setting: Setting,
  { command, place, act }: { command: Command; place: Place; act: Act },
): Promise<Command> {
  const { release, as, part } = place;
  if (as === "fresh" && release === undefined)
    throw new Fault({
      code: "no-release",
      what: `No step has said which release a command on ${part} is to run in.`,
      fix: 'Put a checkout before it: `- checkout: { tag: "${TAG}" }`.',
    });
  const id = as === "fresh" && release ? checkedId(release.id) : undefined;
  const host = hostAt(setting, part);
  const env = { ID: id ?? "", CHECK: id === undefined ? "" : "staged" };
  const told = await ask(setting, host, { script: PLACE, env, act });
  const folder = id === undefined ? `${setting.root}/current` : folderOf(setting, id);
  const whole = {
    ...setting.secrets,
    ...(release
      ? environmentOf(setting, release)
      : { ...setting.options.env, DATA: `${setting.root}/shared` }),
    ...command.env,
  };
  const user = setting.options.user;
  const isOther = user !== undefined && user !== told.one("user");
  return {
    ...command,
    argv: isOther
      ? [...asUser(user, told.one("root") === "0", Object.keys(whole)), ...command.argv]
      : command.argv,
    cwd: command.cwd ?? folder,
    env: whole,
  };
}

/** The words before a command that another user runs; names of its environment are arguments, values never are. */
function asUser(user: string, isRoot: boolean, names: readonly string[]): [string, ...string[]] {
  return isRoot
    ? ["runuser", "-u", user, "--"]
    : ["sudo", "-n", "-u", user, `--preserve-env=${names.join(",")}`, "--"];
}

const MOST_BYTES = 64 * 1024 * 1024;

/** Copies a file of a host here; whether there was one. Fault `file-not-fetched`. */
export async function fetch(
  setting: Setting,
  { file, to, act }: { file: PartFile; to: string; act: Act },
): Promise<boolean> {
  const { shell, name } = hostAt(setting, file.part);
  const limits = { timeoutMs: act.timeoutMs, signal: act.signal };
  const env = { FILE: file.path };
  const { stdout } = await shell.look({ argv: ["sh", "-c", STAT], env }, limits);
  const [kind, bytes, changed] = stdout.trim().split(" ");
  if (kind === "none") return false;
  if (kind !== "file" || Number(bytes) > MOST_BYTES)
    throw new Fault({
      code: "file-not-fetched",
      what: `${file.path} on ${name} is ${kind === "file" ? `${bytes} bytes large` : "no file that can be read"}.`,
      fix: "Name a file of at most 64 MiB that who signs in may read.",
    });
  const partial = `${to}.partial`;
  await rm(partial, { force: true });
  const flowed = await shell.stream({ argv: ["cat", "--", file.path] }, { file: partial }, limits);
  if (flowed.from && !(flowed.from.ended.how === "exit" && flowed.from.ended.code === 0))
    throw new Fault({
      code: "file-not-fetched",
      what: `${file.path} on ${name} could not be read.`,
      fix: "See who may read it there, then run again.",
      detail: flowed.from.tail,
    });
  await writeFile(to, await readFile(partial));
  await utimes(to, Number(changed), Number(changed));
  await rm(partial, { force: true });
  return true;
}

const STAT = String.raw`
if [ -f "$FILE" ] && [ -r "$FILE" ]; then printf 'file %s\n' "$(stat -L -c '%s %Y' -- "$FILE")"
elif [ -e "$FILE" ]; then echo other
else echo none; fi`;
