import { randomUUID } from "node:crypto";
import { open } from "node:fs/promises";
import type { Saved } from "./docker-saved.ts";
import { bytesOf } from "./docker-tar.ts";

/**
 * The same archive, beside the other and gone with it, without the layers that an engine has already.
 *
 * `docker load` opens a layer's file only when it has no layer of that content on the same pile below it
 * (https://github.com/moby/moby/blob/v20.10.24/image/tarexport/load.go), so what it has may be left out.
 */
export async function thinned(
  saved: Saved,
  known: ReadonlySet<string>,
): Promise<{ readonly path: string; readonly bytes: number }> {
  const unneeded = new Set<string>();
  const needed = new Set<string>();
  for (const { layers } of saved.images)
    for (const [index, { name }] of layers.entries()) {
      const pile = layers.slice(0, index + 1).map(({ diffId }) => diffId);
      (known.has(pile.join(" ")) ? unneeded : needed).add(name);
    }
  const left = saved.entries.filter(({ path }) => unneeded.has(path) && !needed.has(path));
  if (left.length === 0) return saved;
  // Several engines may lack different layers at the same time.
  const path = `${saved.path}.${randomUUID()}`;
  await using file = await open(path, "wx", 0o600);
  let [from, bytes] = [0, 0];
  const copy = async (to: number) => {
    for await (const piece of bytesOf(saved.file, { offset: from, size: to - from })) {
      await file.appendFile(piece);
      bytes += piece.byteLength;
    }
  };
  for (const { start, offset, size } of left) {
    await copy(start);
    from = offset + Math.ceil(size / 512) * 512;
  }
  await copy(saved.bytes);
  return { path, bytes };
}
