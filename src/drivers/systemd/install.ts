import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";
import type { Act } from "../../ports/driver.ts";
import type { Host } from "../../ports/host.ts";
import { endedWell, howEnded, once } from "../once.ts";
import { shellWord } from "./quoting.ts";
import type { Setting } from "./setting.ts";
import { environmentOf, folderOf } from "./units.ts";

/** Where a release is installed. */
interface Place {
  readonly host: Host;
  readonly release: Release;
  /** Tells this copy of the release from one that was made anew. */
  readonly copy: string;
  readonly act: Act;
}

/**
 * The release's own commands, each once on each host however often we are cut off: all under one receipt, for a round
 * trip each would cost more than most of them. Each leaves a mark when it has ended well, and a later try goes on after it.
 */
export async function install(setting: Setting, place: Place): Promise<void> {
  const { host, act, release, copy } = place;
  const { options, environment, target, secrets } = setting;
  const lines = options.install.map(shown);
  act.say(`${host.name}: running ${lines.join(", ")}`);
  const marks = `${setting.root}/.seaworthy/releases/${release.id}/done.${copy}`;
  const command = {
    argv: ["sh", "-eu", "-s", marks] as const,
    stdin: scriptOf(options.install),
    cwd: folderOf(setting, release.id),
    env: { ...secrets, ...environmentOf(setting, release) },
  };
  const key = `${environment}/${target}/${release.id}/install/${copy}`;
  const finished = await once(host.shell, { key, command }, act).catch(beginsAnew);
  if (endedWell(finished)) return;
  const failed = lines.findLast((line) => `\n${finished.tail}`.includes(`\n$ ${line}\n`));
  throw new Fault({
    code: "install-failed",
    what: `\`${failed ?? lines[0] ?? ""}\` for ${release.id} ended with ${howEnded(finished)}.`,
    fix: "Make the command work in a fresh copy of the release on that host, then run again.",
    detail: finished.tail.slice(-4_000),
  });
}

/** One after the other, each said before it begins; the first that fails is the end of all. */
export function scriptOf(commands: Setting["options"]["install"]): string {
  const each = commands.map((argv, at) => {
    const words = argv.map(shellWord).join(" ");
    return `if [ ! -e "$1.${at}" ]; then
  printf '$ %s\\n' ${shellWord(shown(argv))}
  ${words} </dev/null
  : >"$1.${at}"
fi
`;
  });
  // An end that no command brought about is none of a shell that read half of this.
  return `{\n${each.join("")}exit 0\n}\n`;
}

/** On one line, as people know it. */
function shown(argv: readonly string[]): string {
  return argv.join(" ").replaceAll(/\s+/g, " ");
}

/** Nobody needs to decide whether it has happened: the next deploy makes the folder anew. */
function beginsAnew(error: unknown): never {
  if (!(error instanceof Fault) || error.failure.code !== "command-lost") throw error;
  const fix =
    "Deploy again: the release's folder there is made anew, and its commands begin from the start. If they change anything else on that host, look at that first.";
  throw new Fault({ ...error.failure, fix });
}
