import type { Act } from "../../ports/driver.ts";
import { isFine } from "../docker-trouble.ts";
import type { Setting } from "./setting.ts";
import { OWNER_LABEL, RELEASE_LABEL, SERVICE_LABEL } from "./stored.ts";

/** One container of the stack, as the engine tells of it. */
export interface Container {
  readonly id: string;
  readonly name: string;
  readonly service: string;
  /** Id of the release that brought it, where it belongs to one. */
  readonly release?: string;
  readonly fingerprint?: string;
  readonly owner?: string;
  readonly status: string;
  readonly exitCode: number;
  readonly isOutOfMemory: boolean;
  readonly restarts: number;
  /** Milliseconds since 1970, of the engine's clock. */
  readonly createdAt: number;
  /** The same; NaN when it never started. */
  readonly startedAt: number;
  readonly health?: Health;
  /** argv of its own health check, for us to run. */
  readonly check?: readonly string[];
  /** Why it could not be started, in the engine's words. */
  readonly error: string;
}

export interface Health {
  readonly status: string;
  /** What the last check said. */
  readonly output: string;
  /** How the last check ended; undefined: it was cut off, or there was none. */
  readonly exitCode?: number;
}

const PROJECT = "com.docker.compose.project";
const SERVICE = "com.docker.compose.service";
const ONE_OFF = "com.docker.compose.oneoff";

/** Every container of the stack, those that have ended included, without the ones made for a single command. */
export async function containers(
  setting: Pick<Setting, "docker" | "name">,
  act: Act,
): Promise<readonly Container[]> {
  const ids = await containerIds(setting, act);
  return inspected(setting, ids, act);
}

/** The same for known ids; those that are gone are left out. */
export async function inspected(
  { docker }: Pick<Setting, "docker">,
  ids: readonly string[],
  act: Act,
): Promise<readonly Container[]> {
  if (ids.length === 0) return [];
  const told = await docker.look(["container", "inspect", "-f", FIELDS, ...ids], act);
  const lines = told.stdout.split("\n").filter((line) => line.startsWith("{"));
  const all = lines
    .map(read)
    .filter(({ isOneOff }) => !isOneOff)
    .map(({ container }) => container)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return Promise.all(all.map((each) => withMemory({ docker }, each, act)));
}

/** Ended by SIGKILL. */
const KILLED = 137;

/** The engine may learn that memory ran out only after it wrote down the end: then its events alone tell. */
async function withMemory(
  { docker }: Pick<Setting, "docker">,
  container: Container,
  act: Act,
): Promise<Container> {
  const { id, exitCode, isOutOfMemory, startedAt, status } = container;
  if (exitCode !== KILLED || isOutOfMemory || status === "running") return container;
  const from = Math.floor(startedAt / 1_000) || 0;
  const flags = ["--filter", `container=${id}`, "--filter", "event=oom"];
  const times = ["--since", String(from), "--until", "0s", "--format", "{{.Status}}"];
  const told = await docker.look(["events", ...flags, ...times], act, { timeoutMs: EVENTS_MS });
  return { ...container, isOutOfMemory: told.stdout.includes("oom") };
}

const EVENTS_MS = 5_000;

export async function containerIds(
  { docker, name }: Pick<Setting, "docker" | "name">,
  act: Act,
): Promise<readonly string[]> {
  const out = await docker.run(["ps", "-aq", "--no-trunc", "--filter", label(name)], act);
  return out.split("\n").filter(Boolean);
}

/** The filter for all that Compose made for this stack. */
export function label(name: string): string {
  return `label=${PROJECT}=${name}`;
}

/** Whether the container's own health check passes now; faster than waiting for the engine to run it again. */
export async function isHealthyNow(
  { docker }: Pick<Setting, "docker">,
  { id, check }: Container,
  act: Act,
): Promise<boolean> {
  if (check === undefined) return false;
  return isFine(await docker.look(["exec", id, ...check], act, { timeoutMs: CHECK_MS }));
}

const CHECK_MS = 10_000;
/** The engine itself keeps no more than 4096 bytes. */
const CHECK_CHARS = 2_000;

// The configuration as a whole: a template that names a part which is not there is refused.
const FIELDS =
  '{"id":{{json .Id}},"name":{{json .Name}},"state":{{json .State}},"created":{{json .Created}},"restarts":{{json .RestartCount}},"config":{{json .Config}}}';

interface Raw {
  readonly id: string;
  readonly name: string;
  readonly created: string;
  readonly restarts: number;
  readonly config: {
    readonly Labels?: Readonly<Record<string, string>> | null;
    readonly Healthcheck?: { readonly Test?: readonly string[] | null } | null;
  };
  readonly state: {
    readonly Status: string;
    readonly ExitCode: number;
    readonly OOMKilled: boolean;
    readonly StartedAt: string;
    readonly Error: string;
    readonly Health?: {
      readonly Status: string;
      readonly Log?: readonly { readonly Output: string; readonly ExitCode?: number }[] | null;
    } | null;
  };
}

function read(line: string): { readonly container: Container; readonly isOneOff: boolean } {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- docker wrote it to our pattern
  const { id, name, created, state, restarts, config } = JSON.parse(line) as Raw;
  const labels = config.Labels ?? {};
  const [release, fingerprint, owner] = [RELEASE_LABEL, SERVICE_LABEL, OWNER_LABEL].map(
    (key) => labels[key],
  );
  const argv = checkArguments(config.Healthcheck?.Test ?? []);
  const container: Container = {
    id,
    name: name.replace(/^\//, ""),
    service: labels[SERVICE] ?? name,
    ...(release !== undefined && { release }),
    ...(fingerprint !== undefined && { fingerprint }),
    ...(owner !== undefined && { owner }),
    status: state.Status,
    exitCode: state.ExitCode,
    isOutOfMemory: state.OOMKilled,
    restarts,
    createdAt: Date.parse(created),
    startedAt: Date.parse(state.StartedAt),
    ...(state.Health && state.Health.Status !== "none" && { health: health(state.Health) }),
    ...(argv && { check: argv }),
    error: state.Error,
  };
  return { container, isOneOff: labels[ONE_OFF]?.toLowerCase() === "true" };
}

function health({ Status: status, Log: log }: NonNullable<Raw["state"]["Health"]>): Health {
  const last = log?.at(-1);
  // -1 stands for a check that took too long: then its output says so.
  const exit = last?.ExitCode ?? -1;
  return {
    status,
    output: (last?.Output ?? "").trim().slice(-CHECK_CHARS),
    ...(exit >= 0 && { exitCode: exit }),
  };
}

/** https://docs.docker.com/reference/dockerfile/#healthcheck */
function checkArguments([how, ...rest]: readonly string[]): readonly string[] | undefined {
  if (how === "CMD" && rest.length > 0) return rest;
  if (how === "CMD-SHELL" && rest[0] !== undefined) return ["/bin/sh", "-c", rest[0]];
  return undefined;
}
