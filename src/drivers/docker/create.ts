import { canonicalJson } from "../../lib/canonical.ts";
import { sha256 } from "../../lib/digest.ts";
import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";
import type { Pinned } from "./images.ts";
import { type ContainerOptions, milliseconds } from "./options.ts";
import { readPort, writePort } from "./ports.ts";
import {
  NAME_LABEL,
  OWNER_LABEL,
  ownName,
  PART_LABEL,
  RELEASE_LABEL,
  SETTINGS_LABEL,
  type StoredPart,
} from "./stored.ts";
import { hide, reveal, withRelease } from "./words.ts";
import { tarOf } from "./tar.ts";

/** What a part of a release is made from. */
export interface Making {
  readonly part: string;
  readonly options: ContainerOptions;
  readonly release: Release;
  readonly pinned: Pinned;
  readonly secrets: Readonly<Record<string, string>>;
  /** Which of two ports is its. */
  readonly turn: number;
  readonly stable: string;
}

/** Writes down all that a container of a release is made from, secrets by their names. Fault `secret-not-declared`, `secret-in-arguments`. */
export function describe(making: Making): StoredPart {
  const { part, options, release, pinned, secrets, turn, stable } = making;
  const flags = flagsOf(making);
  const command = (options.command ?? []).map((each) => withRelease(each, release));
  const env = environmentOf(making);
  const files = options.secret_files.map((name) => declared(name, making));
  const { network, restart, user, ready, replace, router, drain } = options;
  const frozen = { flags, command, image: pinned.image, env, files, user: user ?? "" };
  refuseSecrets(
    part,
    [...flags, ...command, router?.text ?? "", ...(router?.reload ?? [])],
    secrets,
  );
  const values = files.concat(Object.keys(env)).map((name) => secrets[name] ?? "");
  const settings = sha256(canonicalJson([frozen, sha256(canonicalJson(values))])).slice(0, 24);
  return {
    ...pinned,
    name: ownName(part, release.id, settings),
    flags,
    command,
    env,
    files,
    settings,
    turn,
    restart,
    replace,
    drain,
    stable,
    stopSeconds: Math.ceil(milliseconds(options.stop_timeout) / 1_000),
    ...(network !== undefined && { network }),
    ...(user !== undefined && { user }),
    ...(ready !== undefined && { ready }),
    ...(router !== undefined && { router }),
  };
}

function flagsOf({ part, options, release, turn }: Making): readonly string[] {
  const { network, volumes, user, memory, cpus, entrypoint, healthcheck, labels } = options;
  return [
    ...one("--network", network),
    ...(network === undefined || NO_NAMES.test(network) ? [] : ["--network-alias", part]),
    ...options.ports.flatMap((port) => ["--publish", writePort(readPort(port), turn)]),
    ...volumes.flatMap((volume) => ["--volume", volume]),
    ...one("--user", user),
    ...one("--memory", memory),
    ...one("--cpus", cpus),
    ...one("--entrypoint", entrypoint),
    ...healthFlags(healthcheck),
    ...Object.entries(labels).flatMap(([key, value]) => [
      "--label",
      `${key}=${withRelease(value, release)}`,
    ]),
    ...options.flags.map((flag) => withRelease(flag, release)),
  ];
}

function one(flag: string, value: string | number | undefined): readonly string[] {
  return value === undefined ? [] : [flag, String(value)];
}

/** Networks that docker itself has, in which nobody has a name. */
export const NO_NAMES = /^(?:bridge|host|none)$/;

function healthFlags(check: ContainerOptions["healthcheck"]): readonly string[] {
  if (check === undefined) return [];
  const { test, interval, timeout, start_period: start, retries } = check;
  return [
    // docker gives it to sh as a text: each word is one whatever is in it.
    "--health-cmd",
    test.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" "),
    ...time("--health-interval", interval),
    ...time("--health-timeout", timeout),
    ...time("--health-start-period", start),
    ...(retries === undefined ? [] : ["--health-retries", String(retries)]),
  ];
}

function time(flag: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [flag, `${milliseconds(value)}ms`];
}

function environmentOf(making: Making): StoredPart["env"] {
  const { options, release, secrets } = making;
  const { id, name, commit = "" } = release;
  const own = { RELEASE: name, RELEASE_ID: id, RELEASE_COMMIT: commit };
  const plain = Object.entries({ ...own, ...options.env }).map(
    ([key, value]) => [key, hide(withRelease(value, release), secrets)] as const,
  );
  const named = options.secrets.map(
    (each) => [each, [{ secret: declared(each, making) }]] as const,
  );
  return Object.fromEntries([...plain, ...named]);
}

function declared(name: string, { part, secrets }: Making): string {
  if (name in secrets) return name;
  throw new Fault({
    code: "secret-not-declared",
    what: `${part} is to get the secret ${name}, which its target does not declare.`,
    fix: `Add it to the target's own \`secrets\`: [${[...Object.keys(secrets), name].join(", ")}].`,
  });
}

/** Shorter ones would be found everywhere. */
const LEAST_CHARS = 4;

function refuseSecrets(
  part: string,
  words: readonly string[],
  secrets: Readonly<Record<string, string>>,
): void {
  const found = Object.entries(secrets).find(
    ([, value]) => value.length >= LEAST_CHARS && words.some((word) => word.includes(value)),
  );
  if (found === undefined) return;
  throw new Fault({
    code: "secret-in-arguments",
    what: `The secret ${found[0]} stands in what ${part} is started with, where everybody on its host can read it.`,
    fix: "Give it by `env`, `secrets` or `secret_files`.",
  });
}

/** A container that is to be made, ready for the script: values of its environment come by the client's, files by stdin. */
export interface Creation {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

export function creation(
  stored: StoredPart,
  {
    part,
    release,
    owner,
    secrets,
  }: { part: string; release: string; owner: string; secrets: Readonly<Record<string, string>> },
): Creation {
  const labels = {
    [OWNER_LABEL]: owner,
    [RELEASE_LABEL]: release,
    [PART_LABEL]: part,
    [SETTINGS_LABEL]: stored.settings,
    [NAME_LABEL]: stored.name,
  };
  const { name, network, files, flags, image, command } = stored;
  const isOwnNetwork = network !== undefined && !NO_NAMES.test(network);
  return {
    args: [
      name,
      isOwnNetwork ? network : "",
      owner,
      files.length > 0 ? "files" : "",
      ...Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]),
      ...(isOwnNetwork ? ["--network-alias", name] : []),
      ...flags,
      ...envFlags(stored),
      image,
      ...command,
    ],
    env: environment(stored, secrets),
    ...(files.length > 0 && { stdin: secretFiles(stored, secrets) }),
  };
}

/** Names alone: the client takes the values from its own environment. */
export function envFlags({ env }: Pick<StoredPart, "env">): readonly string[] {
  return Object.keys(env).flatMap((name) => ["--env", name]);
}

export function environment(
  { env }: Pick<StoredPart, "env">,
  secrets: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).map(([name, pieces]) => [name, reveal(pieces, secrets)]),
  );
}

function secretFiles(
  { files, user = "0" }: StoredPart,
  secrets: Readonly<Record<string, string>>,
): string {
  const [uid = 0, gid = uid] = user.split(":").map(Number);
  return tarOf(
    files.map((name) => ({
      path: `run/secrets/${name}`,
      text: secrets[name] ?? "",
      uid,
      gid,
      mode: "400",
    })),
  );
}
