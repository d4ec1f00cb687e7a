import { lstat } from "node:fs/promises";
import path from "node:path";
import { Fault } from "../../model/failure.ts";
import type { Act } from "../../ports/driver.ts";
import { pull } from "./images/pull.ts";
import type { Reach } from "./images/yard.ts";
import { imagesHere } from "./images-here.ts";
import type { Setting } from "./setting.ts";
import { notStaged } from "./standing.ts";
import { keepTag, type Stored } from "./stored.ts";

/**
 * Whether all that a staged release needs is there: its images, its files, its secrets. An image that is gone from the
 * engine is pulled again by its digest, where a registry has it. Fault `release-not-staged`, `secret-missing`.
 */
export async function isWhole(
  setting: Setting,
  reach: Reach,
  { stored, act }: { stored: Stored; act: Act },
): Promise<void> {
  const { layout, target } = setting;
  for (const name of stored.files)
    if (!(await exists(path.join(layout.files, name))))
      throw notStaged(target, stored.release, `its mounted file ${name} is gone`);
  const missing = stored.secrets.filter((name) => !(name in setting.secrets));
  if (missing.length > 0) throw noSecret(setting, stored, missing);
  const ids = Object.values(stored.services).map(({ image }) => image);
  const here = await imagesHere(setting, ids, act);
  for (const [service, { image, name, digest }] of Object.entries(stored.services)) {
    if (here.has(image)) continue;
    if (digest === undefined)
      throw notStaged(
        target,
        stored.release,
        `its image for ${service}, ${name} (${image.slice(0, 19)}), is gone from the engine, and no registry is known to have it`,
      );
    const id = await pull(reach, { image: digest, from: "registry" }, act);
    await setting.docker.run(["tag", id, keepTag(setting.name, service, stored.release.id)], act);
  }
}

/** What the stored file looks up when the stack is brought up. */
export function secretsFor(
  { secrets }: Pick<Setting, "secrets">,
  stored: Pick<Stored, "secrets">,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    stored.secrets.flatMap((name) => {
      const value = secrets[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function noSecret({ target }: Setting, { release }: Stored, missing: readonly string[]): Fault {
  return new Fault({
    code: "secret-missing",
    what: `${release.id} needs ${missing.join(", ")}, which ${target} is not given.`,
    fix: `Name it again in the target's \`secrets\`, so that this release can be brought back.`,
  });
}

async function exists(file: string): Promise<boolean> {
  return (await lstat(file).catch(() => undefined)) !== undefined;
}
