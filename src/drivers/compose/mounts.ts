import type { Json, JsonObject } from "../../model/json.ts";
import type { Bringer } from "./bring.ts";
import { isObject, list, object, text } from "./json.ts";

/** A service whose bind mounts lead to what outlives the checkout. */
export async function withMounts(service: JsonObject, bringer: Bringer): Promise<JsonObject> {
  const volumes = list(service["volumes"]);
  if (volumes.length === 0) return service;
  const moved: Json[] = [];
  for (const volume of volumes) moved.push(await mount(volume, bringer));
  return { ...service, volumes: moved };
}

/** The same for `configs` and `secrets` that are files. */
export async function withFiles(
  declared: Json | undefined,
  bringer: Bringer,
): Promise<JsonObject | undefined> {
  if (!isObject(declared)) return undefined;
  const moved: [string, Json][] = [];
  for (const [name, each] of Object.entries(declared)) {
    const file = text(object(each)["file"]);
    moved.push([
      name,
      file === undefined ? each : { ...object(each), file: await bringer.bring(file) },
    ]);
  }
  return Object.fromEntries(moved);
}

async function mount(volume: Json, bringer: Bringer): Promise<Json> {
  if (typeof volume === "string") {
    // v1 writes the short form: SOURCE:TARGET[:MODE], and a source that is a path is absolute.
    const [source = "", ...rest] = volume.split(":");
    if (!source.startsWith("/") || rest.length === 0) return volume;
    return [await bringer.bring(source), ...rest].join(":");
  }
  const { type, source } = object(volume);
  if (type !== "bind" || typeof source !== "string") return volume;
  return { ...object(volume), source: await bringer.bring(source) };
}
