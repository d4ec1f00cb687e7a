import { readFile } from "node:fs/promises";
import path from "node:path";
import { canonicalJson } from "../../lib/canonical.ts";
import { isMissing } from "../../lib/error-code.ts";
import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";
import type { Act } from "../../ports/driver.ts";
import type { Host } from "../../ports/host.ts";
import { rollOut } from "../rollout.ts";
import { ask } from "./ask.ts";
import { install } from "./install.ts";
import { HOLDERS, holdersEnv, refuseTakenPorts } from "./ports.ts";
import { rightsFor } from "./rights.ts";
import { FINISH, PREPARE, READY, SENT } from "./host-scripts/stage.ts";
import { checkedId, rolling, type Setting } from "./setting.ts";
import { shapeText } from "./shape.ts";
import { folderOf, rootFiles, type RootFile } from "./units.ts";

interface Source {
  readonly release: Release;
  readonly from: string;
  readonly act: Act;
}

/** One release on its way to one host. */
interface Job extends Source {
  readonly host: Host;
  readonly own: Readonly<Record<string, string>>;
}

/**
 * Puts a release's files and units onto every host, without anything being switched.
 *
 *     prepared ──send──► files there ──links──► sent ──install commands, once each──► installed ──root's files──► staged
 *
 * `staged` is written last; anything less is gone on with where it ended.
 */
export async function stage(setting: Setting, source: Source): Promise<void> {
  checkedId(source.release.id);
  const own = await ownUnits(setting, source.from);
  const job = rolling(setting, `Staging ${source.release.name}`);
  // Nothing serves it yet: no reason to let one host go first.
  const rollout = { ...job.rollout, first: undefined };
  await rollOut({ ...job, rollout }, (name) =>
    stageOn(setting, { ...source, own, host: setting.hosts.host(name) }),
  );
}

async function stageOn(setting: Setting, job: Job): Promise<void> {
  const { host, act, release, from } = job;
  const told = await ask(setting, host, {
    script: `${PREPARE}${HOLDERS}`,
    env: {
      ...holdersEnv(setting),
      ID: release.id,
      RUNS_AS: setting.options.user ?? "",
      NONCE_OF_COPY: String(setting.clock.now()),
      RELEASE_JSON: canonicalJson(release),
      VERBS: rightsFor(setting, release.id).join("\n"),
    },
    act,
  });
  refuseTakenPorts(setting, host.name, told);
  if (told.one("sent") === undefined) {
    const base = told.one("base");
    const to = folderOf(setting, release.id);
    const sent = await host.send({ from, to, ...(base !== undefined && { base }) }, act);
    act.say(`${host.name}: ${sent.files} files are there, ${sent.sentBytes} bytes were sent`);
  }
  if (told.one("staged") === undefined && setting.options.install.length > 0) {
    // Without anything shared there is nothing that its commands could miss; `finish` does the rest.
    if (setting.options.shared.length > 0)
      await ask(setting, host, { script: SENT, env: sharing(setting, release), act });
    await install(setting, { host, release, act, copy: told.one("copy") ?? "" });
  }
  await finish(setting, job);
}

function sharing({ options }: Setting, { id }: Release): Record<string, string> {
  return {
    ID: id,
    RUNS_AS: options.user ?? "",
    SHARED: options.shared.map((name) => `${name}\n`).join(""),
  };
}

async function finish(setting: Setting, { host, act, release, own }: Job) {
  const user = setting.options.user ?? (await host.facts(act)).user;
  const files = rootFiles(setting, { release, user, own });
  await ask(setting, host, {
    script: FINISH,
    env: {
      ...sharing(setting, release),
      SHAPE: shapeText(setting),
      NONCE_OF_COPY: String(setting.clock.now()),
    },
    stdin: payload(files),
    act,
  });
}

/** One line per file: path, mode, text as base64. */
function payload(files: readonly RootFile[]): string {
  return files
    .map(({ path: name, mode, text }) => `${name} ${mode} ${Buffer.from(text).toString("base64")}`)
    .join("\n");
}

/** Texts of the project's own unit files. */
async function ownUnits(
  { options, target }: Setting,
  from: string,
): Promise<Readonly<Record<string, string>>> {
  const texts: Record<string, string> = {};
  for (const [name, { unit_file }] of Object.entries(options.units)) {
    if (unit_file === undefined) continue;
    try {
      texts[name] = await readFile(path.join(from, unit_file), "utf8");
    } catch (error) {
      if (!isMissing(error)) throw error;
      throw new Fault({
        code: "unit-file-missing",
        what: `The release has no file ${unit_file}, which ${target} names for ${name}.`,
        fix: "Correct `unit_file`, or put the file into the release.",
      });
    }
  }
  return texts;
}

/** Whether the release could be activated now, on every host. */
export async function ready(setting: Setting, release: Release, act: Act): Promise<void> {
  const { hosts, what } = rolling(setting, `${release.name} can't be activated: the look at it`);
  const env = { ID: checkedId(release.id), VERBS: rightsFor(setting, release.id).join("\n") };
  await rollOut({ hosts, what, rollout: { on_failure: "go on" } }, (name) =>
    ask(setting, setting.hosts.host(name), { script: READY, env, act }),
  );
}
