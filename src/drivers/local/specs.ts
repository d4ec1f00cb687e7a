import path from "node:path";
import type { Release } from "../../model/release.ts";
import type { Command, ServiceSpec } from "../../ports/shell.ts";
import type { Layout } from "./layout.ts";
import { bytes, entrance, listens, milliseconds, type Options } from "./options.ts";

/** What all commands of a target are built from. */
export interface Setting {
  readonly options: Options;
  readonly layout: Layout;
  readonly environment: string;
  readonly target: string;
  readonly secrets: Readonly<Record<string, string>>;
  readonly self: readonly [string, ...string[]];
}

/** Which process listens where, while a release runs. */
export type Ports = Readonly<Record<string, number>>;

/** Where a release's processes listen; only the front door is for others. */
export const UPSTREAM_HOST = "127.0.0.1";

const RESTART = { firstMs: 250, maxMs: 30_000 };
const OLDER_LOGS = 3;

export function serviceName(setting: Setting, release: string, process: string): string {
  return `${servicePrefix(setting)}${release}/${process}`;
}

export function doorName(setting: Setting): string {
  return `${servicePrefix(setting)}front-door`;
}

/** All services of this target begin with this. */
export function servicePrefix({ environment, target }: Setting): string {
  return `${environment}/${target}/`;
}

/** A process of a release. Equal for equal arguments, so that starting it twice starts it once. */
export function processService(
  setting: Setting,
  {
    release,
    process,
    ports,
  }: { readonly release: Release; readonly process: string; readonly ports: Ports },
): ServiceSpec {
  const { options, layout } = setting;
  const declared = options.processes[process];
  if (declared === undefined) throw new Error(`No process ${process}`);
  const port = ports[process];
  return {
    command: {
      argv: declared.command,
      cwd: layout.release(release.id),
      env: {
        ...ownEnvironment(setting, release),
        HOST: UPSTREAM_HOST,
        ...(port !== undefined && { PORT: String(port) }),
        ...declared.env,
      },
    },
    log: logOf(setting, layout.log(release.id, process)),
    restart: RESTART,
    stopMs: milliseconds(declared.stop),
  };
}

/** The front door's own program. */
export function doorService(setting: Setting): ServiceSpec {
  const { options, layout, self } = setting;
  const where = [
    layout.folder,
    options.host,
    String(options.port),
    String(milliseconds(options.idle)),
  ];
  return {
    command: { argv: [...self, "front-door", ...where], cwd: layout.folder },
    log: logOf(setting, layout.doorLog),
    restart: { firstMs: 100, maxMs: 5_000 },
    stopMs: 10_000,
  };
}

/** The commands that make a new release ready to start, in order. */
export function prepareCommands(setting: Setting, release: Release): readonly Command[] {
  return setting.options.prepare.map((argv) => ({
    argv,
    cwd: setting.layout.release(release.id),
    env: ownEnvironment(setting, release),
  }));
}

/** Names of the processes that are given a port, the one behind the front door first. */
export function listeners({ options }: Setting): readonly string[] {
  const first = entrance(options.processes);
  const all = Object.keys(options.processes).filter((name) => listens(options.processes, name));
  return all.toSorted((a, b) => Number(b === first) - Number(a === first));
}

/** Ways of asking who has a port, in the order in which to try them. */
export function portOwner(port: number): readonly Command[] {
  return [
    { argv: ["lsof", "-nP", "-t", `-iTCP:${port}`, "-sTCP:LISTEN"] },
    { argv: ["ss", "-ltnpH", `sport = :${port}`] },
  ];
}

/** The process ids in the answer of either. */
export function ownersIn(stdout: string): readonly string[] {
  return [...stdout.matchAll(/^(\d+)$|\bpid=(\d+)/gm)].map((found) => found[1] ?? found[2] ?? "");
}

function ownEnvironment(setting: Setting, release: Release): Record<string, string> {
  return {
    ...setting.secrets,
    ...setting.options.env,
    DATA: setting.layout.shared,
    RELEASE: release.id,
    RELEASE_NAME: release.name,
  };
}

function logOf({ options }: Setting, file: string): ServiceSpec["log"] {
  return { path: path.resolve(file), maxBytes: bytes(options.log_size), files: OLDER_LOGS };
}
