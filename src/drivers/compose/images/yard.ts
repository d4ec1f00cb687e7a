import type { SignIn } from "../../../ports/images.ts";
import type { Shell } from "../../../ports/shell.ts";
import type { Docker } from "../docker.ts";
import type { Setting } from "../setting.ts";

/** Where images are moved: an engine, a folder for what is written down of them, and who may use the stack's registry. */
export interface Reach {
  readonly docker: Docker;
  readonly shell: Pick<Shell, "look" | "stream">;
  /** Absolute folder that belongs to this target alone. */
  readonly folder: string;
  readonly signIn?: SignIn;
}

/** The same for a whole stack: where its images are built, and which of them are needed. */
export interface Yard extends Reach {
  readonly setting: Setting;
}

/** The registry's password is one of the target's secrets. */
export function yardOf(setting: Setting, shell: Reach["shell"]): Yard {
  const { docker, layout, options, secrets } = setting;
  const { address: registry = "", user = "", password = "" } = options.registry ?? {};
  const signIn = { registry, user, password: secrets[password] ?? "" };
  return { setting, docker, shell, folder: layout.folder, ...(options.registry && { signIn }) };
}
