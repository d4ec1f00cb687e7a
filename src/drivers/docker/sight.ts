import { Fault } from "../../model/failure.ts";
import type { Act } from "../../ports/driver.ts";
import { type Machine, must } from "./machine.ts";
import { SEE } from "./scripts.ts";
import type { Setting } from "./setting.ts";
import {
  NAME_LABEL,
  OWNER_LABEL,
  PART_LABEL,
  RELEASE_LABEL,
  SETTINGS_LABEL,
  type Stored,
} from "./stored.ts";

/** One container, as the engine tells of it. */
export interface Container {
  readonly id: string;
  readonly name: string;
  readonly owner?: string;
  readonly release?: string;
  /** Which of the target's containers it is; its name for one that is not ours. */
  readonly part: string;
  readonly settings?: string;
  /** What it is called while it is not the serving one. */
  readonly ownName: string;
  readonly status: string;
  readonly exitCode: number;
  readonly isOutOfMemory: boolean;
  readonly error: string;
  readonly restarts: number;
  /** Milliseconds since 1970, of the machine's clock; NaN when it never started. */
  readonly startedAt: number;
  readonly health?: { readonly status: string; readonly output: string };
  /** Words of its own health check, for us to run. */
  readonly check?: readonly string[];
  readonly image: string;
  /** Address in its network, where it has one. */
  readonly address?: string;
  readonly isHostNetwork: boolean;
  /** Port inside → where it is published. */
  readonly published: Readonly<Record<string, { readonly address: string; readonly port: number }>>;
}

/** What one machine has of a target. */
export interface Sight {
  readonly machine: Machine;
  /** Its clock, milliseconds since 1970. */
  readonly now: number;
  /** The release that was last made to serve. */
  readonly serving?: string;
  /** The one that served last first. */
  readonly records: readonly Stored[];
  readonly containers: readonly Container[];
}

/** Looks at a machine; with the fence, which is written down there, whoever is not the newest owner is refused. Fault `fence-stale`. */
export async function see(
  { owner, options, fence }: Setting,
  machine: Machine,
  { act, isChanging = false }: { readonly act: Act; readonly isChanging?: boolean },
): Promise<Sight> {
  const number = isChanging && fence !== undefined ? String(fence) : "";
  const args = [machine.folder, owner, number, ...Object.keys(options.containers)];
  const told = await must(machine, SEE, { args, act, doing: "Looking at its containers" });
  refuseStale(told, fence);
  return readSight(machine, told);
}

/** Reads the line of a script that says which owner is the newest. */
export function refuseStale(told: string, fence: number | undefined): void {
  const seen = Number(/^F (\d+)$/m.exec(told)?.[1] ?? 0);
  if (fence === undefined || seen <= fence) return;
  throw new Fault({
    code: "fence-stale",
    what: `This run owned the environment as number ${fence}, and number ${seen} has taken it over since.`,
    fix: "Leave the target to the newer run; see `seaworthy status`.",
  });
}

export function readSight(machine: Machine, told: string): Sight {
  const lines = told.split("\n");
  const of = (letter: string) =>
    lines.filter((line) => line.startsWith(`${letter} `)).map((line) => line.slice(2));
  const [serving] = of("S");
  return {
    machine,
    now: readClock(told),
    ...(serving !== undefined && { serving }),
    records: of("R")
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by us, whole or not at all
      .map((line) => JSON.parse(line) as Stored)
      .toSorted((a, b) => (b.servedAt ?? 0) - (a.servedAt ?? 0)),
    containers: readContainers(told),
  };
}

/** Milliseconds since 1970 of `T 1764000000123456789`; a `date` without nanoseconds writes an N. */
export function readClock(told: string): number {
  const digits = /^T (\d+)/m.exec(told)?.[1] ?? "0";
  return digits.length > 11 ? Number(digits) / 1e6 : Number(digits) * 1_000;
}

/** The containers in what a script said, in the order of their names. */
export function readContainers(told: string): readonly Container[] {
  return told
    .split("\n")
    .filter((line) => line.startsWith("C {"))
    .map((line) => read(line.slice(2)))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

interface Raw {
  readonly id: string;
  readonly name: string;
  readonly restarts: number;
  readonly config: {
    readonly Labels?: Readonly<Record<string, string>> | null;
    readonly Healthcheck?: { readonly Test?: readonly string[] | null } | null;
  };
  readonly mode: string;
  readonly image: string;
  readonly ports: Readonly<
    Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[] | null>
  > | null;
  readonly networks: Readonly<Record<string, { readonly IPAddress?: string }>> | null;
  readonly state: {
    readonly Status: string;
    readonly ExitCode: number;
    readonly OOMKilled: boolean;
    readonly StartedAt: string;
    readonly Error: string;
    readonly Health?: {
      readonly Status: string;
      readonly Log?: readonly { readonly Output: string }[] | null;
    } | null;
  };
}

function read(line: string): Container {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- docker wrote it to our pattern
  const { id, name: slashed, config, state, ...raw } = JSON.parse(line) as Raw;
  const labels = config.Labels ?? {};
  const name = slashed.replace(/^\//, "");
  const check = checkWords(config.Healthcheck?.Test ?? []);
  const address = Object.values(raw.networks ?? {}).find((each) => each.IPAddress)?.IPAddress;
  return {
    id,
    name,
    part: labels[PART_LABEL] ?? name,
    ownName: labels[NAME_LABEL] ?? `${name.replace(/--before$/, "")}--before`,
    ...optional("owner", labels[OWNER_LABEL]),
    ...optional("release", labels[RELEASE_LABEL]),
    ...optional("settings", labels[SETTINGS_LABEL]),
    ...optional("address", address),
    status: state.Status,
    exitCode: state.ExitCode,
    isOutOfMemory: state.OOMKilled,
    error: state.Error,
    restarts: raw.restarts,
    startedAt: Date.parse(state.StartedAt),
    ...(state.Health && state.Health.Status !== "none" && { health: health(state.Health) }),
    ...(check && { check }),
    image: raw.image,
    isHostNetwork: raw.mode === "host",
    published: publishedOf(raw.ports ?? {}),
  };
}

function optional<Key extends string>(
  key: Key,
  value: string | undefined,
): Partial<Record<Key, string>> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its one key is Key
  return (value === undefined ? {} : { [key]: value }) as Partial<Record<Key, string>>;
}

/** The engine itself keeps no more than 4096 bytes. */
const CHECK_CHARS = 2_000;

function health({ Status: status, Log: log }: NonNullable<Raw["state"]["Health"]>) {
  return { status, output: (log?.at(-1)?.Output ?? "").trim().slice(-CHECK_CHARS) };
}

/** https://docs.docker.com/reference/dockerfile/#healthcheck */
function checkWords([how, ...rest]: readonly string[]): readonly string[] | undefined {
  if (how === "CMD" && rest.length > 0) return rest;
  if (how === "CMD-SHELL" && rest[0] !== undefined) return ["/bin/sh", "-c", rest[0]];
  return undefined;
}

function publishedOf(ports: NonNullable<Raw["ports"]>): Container["published"] {
  const found = Object.entries(ports).flatMap(([inside, at]) => {
    const [first] = at ?? [];
    if (first === undefined) return [];
    const { HostIp: ip, HostPort: port } = first;
    const address = ip === "" || ip === "0.0.0.0" || ip === "::" ? "127.0.0.1" : ip;
    return [[inside, { address, port: Number(port) }] as const];
  });
  return Object.fromEntries(found);
}
