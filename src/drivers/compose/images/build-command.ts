import path from "node:path";
import { Fault } from "../../../model/failure.ts";
import type { BuildOrder } from "../../../ports/images.ts";
import { listOf, pairsOf, plain, type Section } from "./sections.ts";

export type Builder = "buildkit" | "classic";

/** A build as docker is told it. */
export interface BuildCall {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

interface How {
  readonly builder: Builder;
  readonly tags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly order: Pick<BuildOrder, "isCached" | "args" | "secrets">;
  /** The target's secrets, which a `build: secrets:` of the file may name. */
  readonly known: Readonly<Record<string, string>>;
  /** The target names its engine: BuildKit must be that engine's own. */
  readonly isNamedEngine: boolean;
}

/** What of a `build:` is understood here; anything else is refused rather than left out in silence. */
const KNOWN = new Set([
  ..."context dockerfile dockerfile_inline args labels target network extra_hosts shm_size".split(
    " ",
  ),
  ..."cache_from cache_to platforms no_cache pull tags secrets ssh additional_contexts isolation".split(
    " ",
  ),
]);
const BUILDKIT_ONLY = ["cache_to", "ssh", "additional_contexts"];

/** `docker buildx build …` or the classic `docker build …`. Secrets go by the environment, by name. */
export function buildCall(section: Section, how: How): BuildCall {
  const { build } = section;
  refuseUnknown(section, how);
  const secrets = secretsOf(section, how);
  const inline = build["dockerfile_inline"];
  const isCached = how.order.isCached && build["no_cache"] !== true;
  const args = [
    ...startOf(how),
    ...(isCached ? [] : ["--no-cache"]),
    ...how.tags.flatMap((tag) => ["--tag", tag]),
    ...listOf(build["tags"]).flatMap((tag) => ["--tag", plain(tag)]),
    ...pairsOf(build["labels"]).flatMap(([key, value]) => ["--label", `${key}=${plain(value)}`]),
    ...Object.entries(how.labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]),
    ...argumentsOf(section, how),
    ...secrets.args,
    ...placesOf(section),
    ...(inline === undefined || inline === null ? fileOf(section) : ["--file", "-"]),
    contextOf(section),
  ];
  return {
    args,
    env: {
      ...secrets.env,
      ...(how.builder === "classic"
        ? { DOCKER_BUILDKIT: "0" }
        : { BUILDX_NO_DEFAULT_ATTESTATIONS: "1" }),
    },
    ...(typeof inline === "string" && { stdin: inline }),
  };
}

function startOf({ builder, isNamedEngine }: How): readonly string[] {
  if (builder === "classic") return ["build", "--force-rm"];
  const own = isNamedEngine ? ["--builder", "default"] : [];
  return ["buildx", "build", ...own, "--load", "--progress", "plain"];
}

function refuseUnknown({ parts, build }: Section, { builder }: How): void {
  const given = Object.entries(build).filter(([, value]) => !isEmpty(value));
  const unknown = given.find(([key]) => !KNOWN.has(key) && !key.startsWith("x-"))?.[0];
  if (unknown !== undefined)
    throw new Fault({
      code: "build-option-unknown",
      what: `\`build.${unknown}\` of ${parts[0]} is not something that Seaworthy builds with.`,
      fix: "Leave it out, or build the image in a `command` step and give the service an `image` alone.",
    });
  const modern = given.find(([key]) => builder === "classic" && BUILDKIT_ONLY.includes(key))?.[0];
  if (modern !== undefined)
    throw new Fault({
      code: "builder-lacks",
      what: `\`build.${modern}\` of ${parts[0]} needs BuildKit, and the classic builder is used.`,
      fix: "Install docker's buildx plug-in and take `builder: buildkit`, or leave it out.",
    });
}

function isEmpty(value: unknown): boolean {
  return (
    value === null ||
    value === false ||
    value === "" ||
    (typeof value === "object" && Object.keys(value).length === 0)
  );
}

/** The step's arguments stand above the file's. */
function argumentsOf({ build }: Section, { order }: How): readonly string[] {
  const written = pairsOf(build["args"]).filter(([, value]) => value !== null);
  const all = { ...Object.fromEntries(written), ...order.args };
  return Object.entries(all).flatMap(([key, value]) => ["--build-arg", `${key}=${plain(value)}`]);
}

function secretsOf(
  { secrets, parts }: Section,
  { builder, order, known }: How,
): Pick<BuildCall, "args" | "env"> {
  const args: string[] = [];
  const env: Record<string, string> = {};
  const give = (id: string, value: string) => {
    const name = `SEAWORTHY_SECRET_${Object.keys(env).length}`;
    env[name] = value;
    args.push("--secret", `id=${id},env=${name}`);
  };
  for (const [id, value] of Object.entries(order.secrets)) give(id, value);
  for (const [id, from] of Object.entries(secrets)) {
    if ("file" in from) args.push("--secret", `id=${id},src=${from.file}`);
    else give(id, known[from.environment] ?? order.secrets[from.environment] ?? "");
  }
  if (builder === "classic" && args.length > 0)
    throw new Fault({
      code: "builder-lacks",
      what: `The build of ${parts[0]} is given secrets, and the classic builder has no place for them but the image itself.`,
      fix: "Install docker's buildx plug-in and take `builder: buildkit`, or build without secrets.",
    });
  return { args, env };
}

/** Where and with what it is built. */
function placesOf({ build }: Section): readonly string[] {
  const one = (flag: string, key: string) =>
    isEmpty(build[key] ?? null) ? [] : [flag, plain(build[key] ?? "")];
  const each = (flag: string, key: string) =>
    listOf(build[key]).flatMap((value) => [flag, plain(value)]);
  return [
    ...one("--target", "target"),
    ...one("--network", "network"),
    ...one("--shm-size", "shm_size"),
    ...one("--isolation", "isolation"),
    ...(build["pull"] === true ? ["--pull"] : []),
    ...each("--cache-from", "cache_from"),
    ...each("--cache-to", "cache_to"),
    ...each("--platform", "platforms"),
    ...each("--ssh", "ssh"),
    ...pairsOf(build["extra_hosts"]).flatMap(([host, ip]) => [
      "--add-host",
      ip === null ? host : `${host}:${plain(ip)}`,
    ]),
    ...pairsOf(build["additional_contexts"]).flatMap(([name, at]) => [
      "--build-context",
      `${name}=${plain(at)}`,
    ]),
  ];
}

function contextOf({ build }: Section): string {
  return plain(build["context"] ?? ".");
}

/** The Dockerfile as docker finds it: relative to the context, where that is a folder. */
export function dockerfileOf(section: Section): string | undefined {
  const file = section.build["dockerfile"];
  if (typeof section.build["dockerfile_inline"] === "string") return undefined;
  const context = contextOf(section);
  return path.isAbsolute(context)
    ? path.resolve(context, typeof file === "string" ? file : "Dockerfile")
    : undefined;
}

function fileOf(section: Section): readonly string[] {
  const local = dockerfileOf(section);
  if (local !== undefined) return ["--file", local];
  const { dockerfile } = section.build;
  return typeof dockerfile === "string" ? ["--file", dockerfile] : [];
}
