import type { Act } from "../../ports/driver.ts";
import { type Docker, refusal } from "./docker.ts";
import { isFine } from "../docker-trouble.ts";
import type { Setting } from "./setting.ts";

/** What pinning needs to know of an image that the engine has. */
export interface ImageHere {
  readonly id: string;
  readonly tags: readonly string[];
  readonly digests: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly hasHealthCheck: boolean;
}

const FIELDS =
  '{"id":{{json .Id}},"tags":{{json .RepoTags}},"digests":{{json .RepoDigests}},"config":{{json .Config}}}';

/** Which of these names or ids the engine has an image for: one question for all. */
export async function imagesHere(
  { docker }: Pick<Setting, "docker">,
  names: readonly string[],
  act: Act,
): Promise<ReadonlyMap<string, ImageHere>> {
  const asked = [...new Set(names)];
  if (asked.length === 0) return new Map();
  const all = await inspect(docker, asked, act);
  // In the order in which they were asked for, without those that are not there. Docker may call a missing one by
  // another name than we did (shop, shop:latest, docker.io/library/shop): then each is asked for by itself.
  const there = asked.filter(
    (name) => !all.missing.has(name) && !all.missing.has(`${name}:latest`),
  );
  const found =
    there.length === all.found.length
      ? there.map((name, at) => [name, all.found[at]] as const)
      : await Promise.all(
          asked.map(async (name) => [name, (await inspect(docker, [name], act)).found[0]] as const),
        );
  return new Map(found.flatMap(([name, line]) => (line === undefined ? [] : [[name, read(line)]])));
}

interface Inspected {
  readonly found: readonly string[];
  /** As docker calls them. */
  readonly missing: ReadonlySet<string>;
}

async function inspect(docker: Docker, names: readonly string[], act: Act): Promise<Inspected> {
  const told = await docker.look(["image", "inspect", "-f", FIELDS, ...names], act);
  const missing = new Set(
    [...told.tail.matchAll(/No such image: (\S+)/gi)].map(([, name = ""]) => name),
  );
  if (!isFine(told) && missing.size === 0) throw refusal("docker image inspect", told);
  return { found: told.stdout.split("\n").filter((line) => line.startsWith("{")), missing };
}

interface Raw {
  readonly id: string;
  readonly tags: readonly string[] | null;
  readonly digests: readonly string[] | null;
  /** As a whole: not every version of docker has a place for each of its fields. */
  readonly config: {
    readonly Labels?: Readonly<Record<string, string>> | null;
    readonly Healthcheck?: { readonly Test?: readonly string[] | null } | null;
  } | null;
}

function read(line: string): ImageHere {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- docker wrote it to our pattern
  const raw = JSON.parse(line) as Raw;
  const test = raw.config?.Healthcheck?.Test ?? [];
  return {
    id: raw.id,
    tags: raw.tags ?? [],
    digests: raw.digests ?? [],
    labels: raw.config?.Labels ?? {},
    hasHealthCheck: test.length > 0 && test[0] !== "NONE",
  };
}
