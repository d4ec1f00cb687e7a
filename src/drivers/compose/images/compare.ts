import { createHash } from "node:crypto";
import type { JsonObject } from "../../../model/json.ts";
import type { Act } from "../../../ports/driver.ts";
import type { Difference, Image } from "../../../ports/images.ts";
import { canonicalJson } from "../../../lib/canonical.ts";
import { save, type SavedImage, type SavedLayer } from "../../docker-saved.ts";
import { object } from "../json.ts";
import { bytesOf, entriesOf } from "../../docker-tar.ts";
import type { Reach } from "./yard.ts";

/** Where two builds of the same parts differ: files, modes, owners, links and settings. Times do not count. */
export async function compare(
  reach: Reach,
  [first, second]: readonly [readonly Image[], readonly Image[]],
  act: Act,
): Promise<readonly Difference[]> {
  const ids = [...new Set([...first, ...second].map(({ id }) => id))];
  await using saved = await save(reach, ids, act);
  const by = new Map(saved.images.map((image) => [image.id, image]));
  const found: Difference[] = [];
  for (const { part, id } of first) {
    const other = by.get(second.find((each) => each.part === part)?.id ?? "");
    const one = by.get(id);
    if (!one || !other || one === other) continue;
    act.say(`comparing the two builds of ${part}`);
    found.push(...(await differ(one, other)).map((each) => ({ part, ...each })));
  }
  return found;
}

type Traits = ReadonlyMap<string, string>;

async function differ(first: SavedImage, second: SavedImage): Promise<Omit<Difference, "part">[]> {
  const same = first.layers.findIndex(({ diffId }, at) => diffId !== second.layers[at]?.diffId);
  const from = same < 0 ? first.layers.length : same;
  const [one, other] = [
    new Map([...settingsOf(first), ...(await filesOf(first.layers.slice(from)))]),
    new Map([...settingsOf(second), ...(await filesOf(second.layers.slice(from)))]),
  ];
  return listed(one, other);
}

function listed(one: Traits, other: Traits): Omit<Difference, "part">[] {
  const paths = [...new Set([...one.keys(), ...other.keys()])].toSorted();
  return paths.flatMap((path): Omit<Difference, "part">[] => {
    if (one.get(path) === other.get(path)) return [];
    if (!other.has(path)) return [{ path, is: "only in the first" }];
    return [{ path, is: one.has(path) ? "different" : "only in the second" }];
  });
}

/** What of an image's settings counts: all but when it was made, by what, and the layers, which are compared themselves. */
const INCIDENTAL = new Set([
  "created",
  "history",
  "rootfs",
  "container",
  "container_config",
  "docker_version",
  "id",
  "parent",
]);
const INCIDENTAL_SETTINGS = new Set(["Image", "Hostname"]);

function settingsOf({ config }: SavedImage): Traits {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON that docker wrote
  const all = JSON.parse(config) as JsonObject;
  const own = Object.entries(all).filter(
    ([key]) => !INCIDENTAL.has(key) && !key.startsWith("moby."),
  );
  const settings = Object.entries(object(all["config"])).filter(
    ([key]) => !INCIDENTAL_SETTINGS.has(key),
  );
  return new Map(
    [...own.filter(([key]) => key !== "config"), ...settings].map(([key, value]) => [
      `(setting) ${key}`,
      canonicalJson(value),
    ]),
  );
}

/** What is at each path after these layers; what they take away is a trait of its own. */
async function filesOf(layers: readonly SavedLayer[]): Promise<Traits> {
  const files = new Map<string, string>();
  for (const layer of layers) {
    const { file, start, end } = await layer.open();
    for await (const entry of entriesOf(file, { start, end })) {
      const path = `/${entry.path.replace(/^\.?\/+/, "").replace(/\/$/, "")}`;
      const hash = createHash("sha256");
      for await (const bytes of bytesOf(file, entry)) hash.update(bytes);
      const { type, mode, uid, gid, link, attributes, device } = entry;
      files.set(
        path,
        JSON.stringify([type, mode, uid, gid, link, attributes, device, hash.digest("hex")]),
      );
    }
  }
  return files;
}
