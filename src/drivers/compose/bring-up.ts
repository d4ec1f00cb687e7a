import { Fault } from "../../model/failure.ts";
import type { Act } from "../../ports/driver.ts";
import { type Docker, type Told, words } from "./docker.ts";
import { ending, isFine } from "../docker-trouble.ts";
import { portIn, portTaken } from "./port-taken.ts";
import { secretsFor } from "./ready.ts";
import type { Setting } from "./setting.ts";
import type { Stored } from "./stored.ts";

/** The tools with everything in their environment that a release's stored file asks for. */
export function dockerFor(setting: Setting, stored: Stored): Docker {
  return setting.docker.with(secretsFor(setting, stored));
}

/** Arguments of Compose that name the stack and a release's stored file. */
export function stackArguments({ name, layout }: Setting, { release }: Stored): readonly string[] {
  return ["-p", name, "-f", layout.file(release.id)];
}

/**
 * Has Compose make the stack what the release's stored file says. What Compose refused is handed back, for the
 * containers to tell more about it.
 */
export async function bringUp(
  setting: Setting,
  stored: Stored,
  act: Act,
): Promise<Fault | undefined> {
  const told = await dockerFor(setting, stored).composeLook(
    [...stackArguments(setting, stored), "up", "-d", "--no-build", "--remove-orphans"],
    act,
    { cwd: setting.layout.release(stored.release.id) },
  );
  return isFine(told) ? undefined : upFault(setting, { stored, told }, act);
}

async function upFault(
  { docker, name }: Setting,
  { stored: { release }, told }: { stored: Stored; told: Told },
  act: Act,
): Promise<Fault> {
  const detail = words(told);
  const port = portIn(detail);
  if (port !== undefined) return portTaken({ docker, name }, { release, port, detail }, act);
  return new Fault({
    code: "compose-up-failed",
    what: `Compose could not bring ${release.name} up (${ending(told)}).`,
    fix: "Read its own words, mend what they name, then run again.",
    detail,
  });
}
