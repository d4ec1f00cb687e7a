import { createByteSearch, type ByteSearch } from "../../../lib/byte-search.ts";
import { createMask } from "../../../lib/mask.ts";
import { formsOf } from "../../../lib/mask-forms.ts";
import { Fault } from "../../../model/failure.ts";
import type { Saved, SavedImage } from "../../docker-saved.ts";
import { bytesOf, entriesOf } from "../../docker-tar.ts";

/** Shorter values are in every other program: they are looked for in the settings alone. */
const LEAST_BYTES = 8;

/** Goes through every file, setting and line of history of built images. Fault `secret-in-image` where a value is found, in any form that is masked elsewhere. */
export async function refuseSecretsIn(
  saved: Saved,
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  const given = Object.entries(secrets).filter(([, value]) => value.trim() !== "");
  for (const [name, value] of given) {
    const mask = createMask([value]);
    const image = saved.images.find(({ config }) => mask.text(config) !== config);
    if (image) throw found(name, "its settings or its history");
  }
  const long = given.filter(([, value]) => Buffer.byteLength(value) >= LEAST_BYTES);
  if (long.length === 0) return;
  const search = createByteSearch(formsOf(long.map(([, value]) => value)));
  const seen = new Set<string>();
  for (const image of saved.images) {
    const path = await findIn(image, search, seen);
    if (path !== undefined) throw found(long.map(([name]) => name).join(" or "), `/${path}`);
  }
}

function found(name: string, where: string): Fault {
  return new Fault({
    code: "secret-in-image",
    what: `The value of the secret ${name} is in the image that was built: in ${where}.`,
    fix: "Use it inside one `RUN --mount=type=secret,id=NAME` without writing it down. The image was removed; if it was pushed before, change the secret.",
  });
}

/** Path of the first file that holds one; layers that were seen are not read again. */
async function findIn(
  { layers }: SavedImage,
  search: ByteSearch,
  seen: Set<string>,
): Promise<string | undefined> {
  for (const layer of layers) {
    if (seen.has(layer.diffId)) continue;
    seen.add(layer.diffId);
    const { file, start, end } = await layer.open();
    for await (const entry of entriesOf(file, { start, end })) {
      let state = 0;
      let isIn = false;
      for await (const bytes of bytesOf(file, entry))
        state = search.scan(bytes, { from: 0, state }, () => (isIn = true));
      if (isIn) return entry.path;
    }
  }
  return undefined;
}
