import { mkdir } from "node:fs/promises";
import { canonicalJson } from "../../lib/canonical.ts";
import { sha256 } from "../../lib/digest.ts";
import { writeDurably } from "../../lib/durable-file.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { Release } from "../../model/release.ts";
import { type Bringer, bringer } from "./bring.ts";
import type { Reach } from "./images/yard.ts";
import { isObject, list, object, text } from "./json.ts";
import { withFiles, withMounts } from "./mounts.ts";
import { type Pin, pinImages } from "./pin.ts";
import { type Rendered, render, type Source } from "./render.ts";
import type { Setting } from "./setting.ts";
import {
  OWNER_LABEL,
  readStored,
  RELEASE_LABEL,
  SERVICE_LABEL,
  type Stored,
  type StoredService,
  writeStored,
} from "./stored.ts";

/**
 * Puts a release in place: its file rendered, every image pinned, every mounted file copied, every secret by reference.
 *
 * The record is written last. What was pinned once for this release stays what it was, also when a tag has moved since.
 */
export async function stage(
  setting: Setting,
  reach: Reach,
  { owner, ...source }: Source & { readonly owner: string },
): Promise<void> {
  const { release, from, act } = source;
  const before = await readStored(setting.layout, release.id);
  const rendered = await render(setting, source);
  const files = await bringer(setting, from, act);
  const services = object(rendered.config["services"]);
  const pins = await pinImages(setting, reach, {
    release,
    services,
    compose: rendered.compose,
    before,
    act,
  });
  const stack = await freed(rendered, files);
  const known = describe(stack, { release, pins });
  const file = labelled(stack, { release, pins, known, owner });
  const content = rendered.stands.refer(JSON.stringify(file, null, 1));
  await mkdir(setting.layout.release(release.id), { recursive: true, mode: 0o700 });
  await writeDurably(setting.layout.file(release.id), `${content}\n`);
  const stored: Stored = {
    release,
    compose: rendered.compose,
    services: known,
    secrets: usedSecrets(file, rendered),
    files: [...files.brought],
    accepted: before?.accepted ?? false,
    ...(before?.servedAt !== undefined && { servedAt: before.servedAt }),
  };
  await writeStored(setting.layout, stored);
  setting.known.staged = release.id;
  act.say(`${release.id} is in place: ${Object.keys(known).length} services, images pinned`);
}

/** The stand-ins in the file, and secrets that Compose itself takes from its environment. */
function usedSecrets(file: JsonObject, { stands }: Rendered): readonly string[] {
  const taken = Object.values(object(file["secrets"]))
    .map((each) => text(object(each)["environment"]))
    .filter((name) => name !== undefined && name in stands.env)
    .filter((name) => name !== undefined);
  return [...new Set([...stands.named(JSON.stringify(file)), ...taken])];
}

/** The file without what only a checkout has: nothing to build, nothing to mount from there. */
async function freed({ config }: Rendered, files: Bringer): Promise<JsonObject> {
  const services: [string, Json][] = [];
  for (const [name, service] of Object.entries(object(config["services"]))) {
    const { build: _, develop: __, profiles: ___, pull_policy: ____, ...rest } = object(service);
    services.push([name, await withMounts(rest, files)]);
  }
  const configs = await withFiles(config["configs"], files);
  const secrets = await withFiles(config["secrets"], files);
  return {
    ...config,
    services: Object.fromEntries(services),
    ...(configs && { configs }),
    ...(secrets && { secrets }),
  };
}

interface Facts {
  readonly release: Release;
  readonly pins: Readonly<Record<string, Pin>>;
}

function describe(
  stack: JsonObject,
  { release, pins }: Facts,
): Readonly<Record<string, StoredService>> {
  const services = object(stack["services"]);
  const awaited = awaitedEnds(services);
  return Object.fromEntries(
    Object.entries(services).map(([name, each]): [string, StoredService] => {
      const service = object(each);
      const pin = pins[name];
      if (pin === undefined) throw new Error(`${name} has no image`);
      return [
        name,
        {
          image: pin.id,
          name: pin.name,
          ...(pin.digest !== undefined && { digest: pin.digest }),
          fingerprint: sha256(canonicalJson([service, pin.id, mentioned(stack, service)])).slice(
            0,
            24,
          ),
          isReleased: isReleased(service, pin, release),
          hasHealthCheck: hasHealthCheck(service, pin),
          isOneOff: service["restart"] === "no" || awaited.has(name),
        },
      ];
    }),
  );
}

function labelled(
  stack: JsonObject,
  {
    release,
    pins,
    known,
    owner,
  }: Facts & { known: Readonly<Record<string, StoredService>>; owner: string },
): JsonObject {
  const services = Object.entries(object(stack["services"])).map(([name, each]) => {
    const { fingerprint = "", isReleased: brings = false } = known[name] ?? {};
    const labels = {
      ...object(object(each)["labels"]),
      [OWNER_LABEL]: owner,
      [SERVICE_LABEL]: fingerprint,
      ...(brings && { [RELEASE_LABEL]: release.id }),
    };
    return [name, { ...object(each), image: pins[name]?.id ?? "", labels }] as const;
  });
  return { ...stack, services: Object.fromEntries(services) };
}

/** What the file builds, and what it names by the release: each release brings its own. Data services do not restart with it. */
function isReleased(service: JsonObject, pin: Pin, release: Release): boolean {
  if (pin.isBuilt || pin.labels[RELEASE_LABEL] === release.id) return true;
  const texts = [pin.name, ...textsIn(service)];
  return namesOf(release).some((name) => texts.some((each) => isNamed(name, each)));
}

/** A commit is often shortened. */
function namesOf({ id, name, commit }: Release): readonly string[] {
  return [id, name, ...(commit === undefined ? [] : [commit, commit.slice(0, 7)])];
}

/** Whether the name stands in the text as a word of its own. */
function isNamed(name: string, within: string): boolean {
  for (let at = within.indexOf(name); at >= 0; at = within.indexOf(name, at + 1)) {
    const around = [within[at - 1] ?? " ", within[at + name.length] ?? " "];
    if (!around.some((letter) => /[A-Za-z0-9]/.test(letter))) return true;
  }
  return false;
}

/** Every text that is a value, at any depth. */
function textsIn(value: Json): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap((each: Json) => textsIn(each));
}

/** Services whose end others wait for. */
function awaitedEnds(services: JsonObject): ReadonlySet<string> {
  return new Set(
    Object.values(services).flatMap((service) =>
      Object.entries(object(object(service)["depends_on"]))
        .filter(([, how]) => object(how)["condition"] === "service_completed_successfully")
        .map(([name]) => name),
    ),
  );
}

function hasHealthCheck(service: JsonObject, pin: Pin): boolean {
  const check = service["healthcheck"];
  if (!isObject(check)) return pin.hasHealthCheck;
  const [first] = typeof check["test"] === "string" ? [check["test"]] : list(check["test"]);
  if (check["disable"] === true || first === "NONE") return false;
  return first !== undefined || pin.hasHealthCheck;
}

/** Declarations beside the services that this one refers to: Compose itself does not notice when their content changes. */
function mentioned(stack: JsonObject, service: JsonObject): Json {
  const of = (kind: "configs" | "secrets") => {
    const names = list(service[kind]).map((each) =>
      typeof each === "string" ? each : text(object(each)["source"]),
    );
    const declared = object(stack[kind]);
    return names.map((name) => (name === undefined ? null : (declared[name] ?? null)));
  };
  return [of("configs"), of("secrets")];
}
