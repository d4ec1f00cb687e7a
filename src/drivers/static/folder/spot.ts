import { cp, mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { Fault } from "../../../model/failure.ts";
import type { Act } from "../../../ports/driver.ts";
import type { Finished, Shell } from "../../../ports/shell.ts";
import { hostsOf } from "../../rollout.ts";
import type { Setting } from "../setting.ts";
import { FOLDER_SCRIPT } from "./script.ts";

/** A folder of one machine in which the site is kept. */
export interface Spot {
  /** The host's, or `here`. */
  readonly name: string;
  /** Absolute. */
  readonly root: string;
  readonly shell: Pick<Shell, "look">;
  /** Puts a folder of ours in a place in it, whole or not at all; hands back how many bytes went over a wire, where there is one. */
  send(sending: { from: string; to: string; base?: string }, act: Act): Promise<number | undefined>;
}

/** On this machine where the environment has no hosts, or the target says so. Fault `folder-not-absolute`. */
export function spotsOf(setting: Setting): readonly Spot[] {
  const { options, hosts, target, project, shell } = setting;
  const { folder = "", here, rollout, hosts: wanted } = options;
  if (here || (hosts.names.length === 0 && wanted === undefined))
    return [{ name: "here", root: path.resolve(project, folder), shell, send: copyHere }];
  if (!folder.startsWith("/"))
    throw new Fault({
      code: "folder-not-absolute",
      what: `${target} is on hosts, and \`folder: ${folder}\` does not begin at their root.`,
      fix: "Write the whole path: /srv/www/shop. For a folder on this machine say `here: true`.",
    });
  const root = path.posix.normalize(folder).replace(/(?<=.)\/+$/, "");
  const names = hostsOf(hosts.names, { rollout, target, ...(wanted && { hosts: wanted }) });
  return names.map((name) => {
    const host = hosts.host(name);
    return {
      name,
      root,
      shell: host.shell,
      send: async (sending, { signal, timeoutMs }) =>
        (await host.send(sending, { signal, timeoutMs })).sentBytes,
    };
  });
}

async function copyHere({ from, to }: { from: string; to: string }): Promise<undefined> {
  const [partial, old] = [`${to}.sending-here`, `${to}.replaced-here`];
  const gone = { recursive: true, force: true };
  for (const each of [partial, old]) await rm(each, gone);
  await mkdir(path.dirname(to), { recursive: true });
  await cp(from, partial, { recursive: true });
  await rename(to, old).catch(() => undefined);
  await rename(partial, to);
  await rm(old, gone);
}

const MOST_BYTES = 256 * 1024 * 1024;

/** Has the script do one of its verbs there; hands back its lines. Fault `fence-stale`, `release-not-staged`, `not-ours`, `folder-not-writable`, `folder-failed`. */
export async function ask(
  { name, root, shell }: Spot,
  [verb, ...words]: readonly [string, ...string[]],
  { signal, timeoutMs }: Pick<Act, "signal" | "timeoutMs">,
): Promise<readonly string[]> {
  const finished = await shell.look(
    { argv: ["sh", "-s", "--", verb, root, ...words], stdin: FOLDER_SCRIPT },
    { signal, timeoutMs, maxBytes: MOST_BYTES },
  );
  signal.throwIfAborted();
  const { ended, stdout, tail } = finished;
  if (ended.how !== "exit" || ended.code !== 0)
    throw new Fault({
      code: ended.how === "out-of-time" ? "out-of-time" : "folder-failed",
      what: `${root} could not be ${DOES[verb] ?? verb} on ${name}: ${whyNot(finished)}.`,
      fix: `See on ${name} that its disk is not full (df -h ${root}) and whose the folder is (ls -la ${root}), then run again.`,
      detail: tail.slice(-2_000),
    });
  const lines = stdout.split("\n").filter(Boolean);
  refuse({ name, root }, lines[0] ?? "");
  return lines;
}

/** What becomes of the folder, in words of people. */
const DOES: Readonly<Record<string, string>> = {
  look: "looked at",
  manifests: "looked at",
  check: "checked",
  begin: "made ready for a new release",
  lay: "given the new release's files",
  switch: "switched to another release",
  hide: "emptied of what is shown",
  retire: "rid of a release",
  remove: "emptied",
  settle: "tidied up",
};

function whyNot({ ended, tail }: Pick<Finished, "ended" | "tail">): string {
  if (ended.how === "out-of-time") return "it took too long";
  if (ended.how !== "exit") return `the command there was ended (${ended.how})`;
  const last = tail.trim().split("\n").at(-1) ?? "";
  return last === "" ? `the command there ended with exit code ${ended.code}` : last.slice(0, 200);
}

function refuse({ name, root }: Pick<Spot, "name" | "root">, line: string): void {
  const [word, ...rest] = line.split(" ");
  if (word === "fenced")
    throw new Fault({
      code: "fence-stale",
      what: `A newer run, number ${rest[0]}, has taken ${root} over on ${name}.`,
      fix: "Leave the target to the newer run; see `seaworthy status`.",
    });
  if (word === "foreign")
    throw new Fault({
      code: "not-ours",
      what: `${root}/current on ${name} is not a link of ours, and is left alone.`,
      fix: "Move it away, or name another `folder`, and let the web server show `current` in it.",
    });
  if (word === "unwritable") throw notWritable({ name, root }, rest);
  if (word === "missing" || word === "damaged")
    throw new Fault({
      code: "release-not-staged",
      what:
        word === "missing"
          ? `The release was never put in ${root} on ${name}.`
          : `The release's files in ${rest.join(" ")} on ${name} are not those that were sent.`,
      fix: "Deploy it again, which puts its files in place.",
    });
}

function notWritable(
  { name, root }: Pick<Spot, "name" | "root">,
  [user = "", ...above]: readonly string[],
): Fault {
  const at = above.join(" ");
  const where = name === "here" ? "here" : `on ${name}`;
  return new Fault({
    code: "folder-not-writable",
    what:
      at === root
        ? `${user} may not write to ${root} ${where}.`
        : `There is no ${root} ${where}, and ${user} may not make it in ${at}.`,
    fix: `Make it, for ${user} to write to, on each host that lacks it: sudo install -d -o ${user} ${root}`,
  });
}
