import type { JsonObject } from "../../../model/json.ts";
import type { Release } from "../../../model/release.ts";
import type { Act } from "../../../ports/driver.ts";
import type { SignIn } from "../../../ports/images.ts";
import type { Shell } from "../../../ports/shell.ts";
import type { Docker } from "../docker.ts";

/** Where images are built and moved: an engine, a folder for what is written down of them, and whose they are. */
export interface Yard {
  readonly docker: Docker;
  readonly shell: Pick<Shell, "look" | "stream">;
  /** Compose's name of the stack. */
  readonly name: string;
  /** Absolute folder that belongs to this target alone. */
  readonly folder: string;
  /** Values that may stand in no image. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Who may use the stack's registry. */
  readonly signIn?: SignIn;
  /** The stack's file as Compose itself reads it for this release, from the folder with its files; paths are absolute, secrets' values are placeholders of `isSecret`. */
  read(release: Release, from: string, act: Act): Promise<JsonObject>;
  /** Whether a text of that file holds a secret's placeholder. */
  isSecret(text: string): boolean;
  /** Ids of the images that a release which is kept needs. */
  needed(act: Act): Promise<readonly string[]>;
}
