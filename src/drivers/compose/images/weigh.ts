import { Fault } from "../../../model/failure.ts";
import type { Act } from "../../../ports/driver.ts";
import type { Image } from "../../../ports/images.ts";
import { isFine, trouble } from "../../docker-trouble.ts";
import type { Reach } from "./yard.ts";

/** How many bytes `docker save` writes of these images together; nothing is kept of them. */
export async function weigh(
  { docker, shell }: Reach,
  images: readonly Image[],
  { signal, timeoutMs }: Act,
): Promise<number> {
  const ids = [...new Set(images.map(({ id }) => id))];
  const saving = docker.command(["save", ...ids]);
  const { from, bytes } = await shell.stream(saving, { argv: ["wc", "-c"] }, { signal, timeoutMs });
  if (from && !isFine(from)) throw new Fault(trouble(from, "Saving the images to weigh them"));
  return bytes;
}
