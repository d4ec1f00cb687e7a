import { Fault } from "../../../model/failure.ts";
import type { Json, JsonObject } from "../../../model/json.ts";
import { object } from "../json.ts";

/** One image to be built, for one service or for several that are built alike. */
export interface Section {
  readonly parts: readonly [string, ...string[]];
  /** What the file calls the image, if it does. */
  readonly name?: string;
  /** The `build:` of the service, with absolute paths. */
  readonly build: JsonObject;
  /** Where the build's own secrets come from: id → a file, or a name of the environment. */
  readonly secrets: Readonly<Record<string, BuildSecret>>;
}

export type BuildSecret = { readonly file: string } | { readonly environment: string };

/** What is to be built, in the file's order; services with the same `build:` and the same name share one image. Fault `nothing-to-build`, `secret-in-build`. */
export function sectionsOf(
  stack: JsonObject,
  wanted: readonly string[] | undefined,
  isSecret: (text: string) => boolean,
): readonly Section[] {
  const services = Object.entries(object(stack["services"])).map(
    ([part, service]) => [part, object(service)] as const,
  );
  const known = services.filter(([, { build }]) => build !== undefined && build !== null);
  refuseMissing(wanted, known);
  const sections = new Map<string, Section>();
  for (const [part, service] of known) {
    if (wanted && !wanted.includes(part)) continue;
    const section = sectionOf(part, service, stack);
    refuseSecrets(section, isSecret);
    const key = JSON.stringify([section.name ?? null, section.build]);
    const same = sections.get(key);
    sections.set(key, same ? { ...same, parts: [...same.parts, part] } : section);
  }
  return [...sections.values()];
}

function refuseMissing(
  wanted: readonly string[] | undefined,
  known: readonly (readonly [string, JsonObject])[],
): void {
  const names = known.map(([part]) => part);
  const missing = wanted?.filter((part) => !names.includes(part)) ?? [];
  if (names.length > 0 && missing.length === 0) return;
  throw new Fault({
    code: "nothing-to-build",
    what:
      names.length === 0
        ? "No service of the compose file says how it is built."
        : `The compose file does not say how to build ${missing.join(", ")}.`,
    fix:
      names.length === 0
        ? "Give a service `build: .`, or leave the build step out."
        : `Give it a \`build\`, or name only: ${names.join(", ")}.`,
  });
}

function sectionOf(part: string, service: JsonObject, stack: JsonObject): Section {
  const { build: written, image } = service;
  const build = typeof written === "string" ? { context: written } : object(written);
  const known = object(stack["secrets"]);
  const secrets = listOf(build["secrets"]).map((each): [string, BuildSecret] => {
    const { source, target } = typeof each === "string" ? { source: each } : object(each);
    const from = object(known[plain(source)]);
    return [plain(target ?? source), secretFrom(from, plain(source))];
  });
  return {
    parts: [part],
    ...(typeof image === "string" && image !== "" && { name: image }),
    build,
    secrets: Object.fromEntries(secrets),
  };
}

function secretFrom({ file, environment }: JsonObject, name: string): BuildSecret {
  if (typeof file === "string") return { file };
  if (typeof environment === "string") return { environment };
  throw new Fault({
    code: "build-secret-unknown",
    what: `The build's secret ${name} comes neither from a file nor from the environment.`,
    fix: `Say under the file's \`secrets\`: \`${name}: { environment: ${name.toUpperCase()} }\`.`,
  });
}

/** Whatever stands in a `build:` ends up in the image's history. */
function refuseSecrets({ parts, build }: Section, isSecret: (text: string) => boolean): void {
  const leak = Object.entries(build).find(([, value]) => isSecret(JSON.stringify(value)));
  if (leak === undefined) return;
  const isArgument = leak[0] === "args";
  throw new Fault({
    code: "secret-in-build",
    what: `The compose file puts a secret into \`build.${leak[0]}\` of ${parts[0]}, and everybody who has the image can read ${isArgument ? "build arguments" : "that"}.`,
    fix: "Give it under the build step's `secrets`, and read it in the Dockerfile with `RUN --mount=type=secret,id=NAME`.",
  });
}

export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
}

/** `{ A: 1 }` and `["A=1"]` alike. */
export function pairsOf(value: Json | undefined): readonly (readonly [string, Json])[] {
  if (!Array.isArray(value)) return Object.entries(object(value));
  return value.map((each) => {
    const [key = "", ...rest] = plain(each).split("=");
    return [key, rest.length === 0 ? null : rest.join("=")] as const;
  });
}

/** A value as it is written: texts without quotes. */
export function plain(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
