import type { Release } from "../../model/release.ts";
import { besideOf, bytes, milliseconds, type UnitOptions } from "./options.ts";
import { assignment, execWord, fileAssignment, plain } from "./quoting.ts";
import type { Setting } from "./setting.ts";

/** A file of a release that belongs to root: its path below the release's folder in /etc/seaworthy. */
export interface RootFile {
  readonly path: string;
  readonly mode: "0644" | "0600" | "0755";
  readonly text: string;
}

/** What is made of the options for one release on one host. */
export interface Made {
  readonly release: Release;
  /** Who runs the units. */
  readonly user: string;
  /** By unit: the text of the project's own unit file. */
  readonly own: Readonly<Record<string, string>>;
}

/** First line of every unit that is ours: whoever finds another one in its place leaves it alone. */
export function markOf({ root }: Pick<Setting, "root">): string {
  return `# seaworthy: ${root}`;
}

/** Names of the services, of the sockets, and of those whose files are ours; in `beside`, PORT stands for the one that is used. */
export function unitNames({ options }: Setting): {
  readonly services: readonly string[];
  readonly sockets: readonly string[];
  readonly files: readonly string[];
} {
  const isBeside = besideOf(options) !== undefined;
  const services = Object.keys(options.units).map((name) =>
    isBeside ? `${name}@PORT.service` : `${name}.service`,
  );
  const ours = services.filter((_, at) => !Object.values(options.units)[at]?.installed);
  const sockets =
    options.serve === "socket"
      ? Object.entries(options.units).flatMap(([name, each]) =>
          each.port === undefined ? [] : [`${name}.socket`],
        )
      : [];
  return { services, sockets, files: [...ours, ...sockets] };
}

/** Every file of root's that the release needs, unit files below `units/`. */
export function rootFiles(setting: Setting, made: Made): readonly RootFile[] {
  const { options } = setting;
  const beside = besideOf(options);
  const ours = Object.entries(options.units).filter(([, each]) => !each.installed);
  if (ours.length === 0) return [];
  return [
    ...ours.flatMap(([name, each]) =>
      beside
        ? beside.ports.map((port) =>
            unitFile(
              `${name}@${port}.service`,
              unitText(setting, made, { name, unit: { ...each, port } }),
            ),
          )
        : [unitFile(`${name}.service`, unitText(setting, made, { name, unit: each }))],
    ),
    ...ours.flatMap(([name, { port }]) =>
      options.serve === "socket" && port !== undefined
        ? [unitFile(`${name}.socket`, socketText(setting, name, port))]
        : [],
    ),
    ...(beside
      ? beside.ports.map((port): RootFile => ({
          path: `router/${port}`,
          mode: "0644",
          text: beside.router.text.replaceAll("${port}", String(port)),
        }))
      : []),
    ...secretFiles(setting),
  ];
}

function unitFile(name: string, text: string): RootFile {
  return { path: `units/${name}`, mode: "0644", text };
}

function secretFiles({ options, secrets }: Setting): readonly RootFile[] {
  const all = Object.entries(secrets);
  if (options.secrets_as === "credentials")
    return all.map(([name, text]) => ({ path: `private/${name}`, mode: "0600", text }));
  const text = all.map(([name, value]) => fileAssignment(name, value)).join("");
  return all.length === 0 ? [] : [{ path: "private/environment", mode: "0600", text }];
}

interface One {
  readonly name: string;
  readonly unit: UnitOptions;
}

/** The folder of a release on its host. */
export function folderOf({ root }: Pick<Setting, "root">, id: string): string {
  return `${root}/releases/${id}`;
}

/** What a unit and the commands of its release are told. Secrets are not among it. */
export function environmentOf(
  setting: Setting,
  release: Release,
  unit?: Pick<UnitOptions, "env" | "port">,
): Readonly<Record<string, string>> {
  return {
    ...setting.options.env,
    ...(unit?.port !== undefined && { PORT: String(unit.port) }),
    ...unit?.env,
    DATA: `${setting.root}/shared`,
    RELEASE: release.id,
    RELEASE_NAME: release.name,
  };
}

function unitText(setting: Setting, made: Made, one: One): string {
  const own = made.own[one.name];
  const head = markOf(setting);
  if (own !== undefined)
    return [
      head,
      lookedUp(setting, made, { ...one, text: own }),
      "[Service]",
      ...given(setting, made, one),
      "",
    ].join("\n");
  const { command, notify, memory_max, stop, settings } = one.unit;
  const folder = folderOf(setting, made.release.id);
  const socket = setting.options.serve === "socket" && one.unit.port !== undefined;
  return [
    head,
    "[Unit]",
    `Description=${plain(`${one.name} ${made.release.name}`)}`,
    "Wants=network-online.target",
    "After=network-online.target",
    ...(socket ? [`Requires=${one.name}.socket`, `After=${one.name}.socket`] : []),
    "StartLimitIntervalSec=0",
    "[Service]",
    `Type=${notify ? "notify" : "exec"}`,
    ...(notify ? ["NotifyAccess=all"] : []),
    `User=${made.user}`,
    `WorkingDirectory=${plain(folder)}`,
    `ExecStart=${argvLine(command ?? [], folder)}`,
    "Restart=always",
    "RestartSec=250ms",
    "KillMode=mixed",
    `TimeoutStopSec=${milliseconds(stop) / 1_000}`,
    ...(memory_max === undefined ? [] : [`MemoryMax=${bytes(memory_max)}`]),
    ...given(setting, made, one),
    ...Object.entries(settings).map(([name, value]) => `${name}=${value}`),
    "[Install]",
    "WantedBy=multi-user.target",
    "",
  ].join("\n");
}

/** A program with a path that begins in the release is made absolute, as systemd wants it. */
function argvLine(argv: readonly string[], folder: string): string {
  const [program = "", ...rest] = argv;
  const found =
    program.includes("/") && !program.startsWith("/") ? `${folder}/${program}` : program;
  return [found, ...rest].map(execWord).join(" ");
}

/** Lines of [Service] that hand over the release, its environment and its secrets. */
function given(setting: Setting, made: Made, { unit }: One): readonly string[] {
  const { options, secrets, etc } = setting;
  const at = `${etc}/${made.release.id}/private`;
  const environment = environmentOf(setting, made.release, unit);
  const isCredentials = options.secrets_as === "credentials";
  return [
    ...Object.entries(environment).map(([name, value]) => `Environment=${assignment(name, value)}`),
    ...(isCredentials || Object.keys(secrets).length === 0
      ? []
      : [`EnvironmentFile=${plain(`${at}/environment`)}`]),
    ...(isCredentials
      ? Object.keys(secrets).map((name) => `LoadCredential=${name}:${plain(`${at}/${name}`)}`)
      : []),
    `LogExtraFields=SEAWORTHY_RELEASE=${plain(made.release.id)}`,
    `LogExtraFields=SEAWORTHY_TARGET=${plain(setting.root)}`,
  ];
}

function socketText(setting: Setting, name: string, port: string | number): string {
  return [
    markOf(setting),
    "[Unit]",
    `Description=Port ${port} of ${name}`,
    "[Socket]",
    `ListenStream=${port}`,
    "Backlog=4096",
    "NoDelay=true",
    "[Install]",
    "WantedBy=sockets.target",
    "",
  ].join("\n");
}

/** The project's own unit file with our names in it looked up; everything else in it is systemd's business. */
function lookedUp(
  setting: Setting,
  { release, user }: Made,
  { unit, text }: One & { text: string },
): string {
  const names: Readonly<Record<string, string>> = {
    ROOT: setting.root,
    FOLDER: folderOf(setting, release.id),
    RELEASE: release.id,
    RELEASE_NAME: release.name,
    USER: user,
    DATA: `${setting.root}/shared`,
    ...(unit.port !== undefined && { PORT: String(unit.port) }),
  };
  return text.replaceAll(/\$\{([A-Z_]+)\}/g, (whole, name: string) => {
    const value = names[name];
    return value === undefined ? whole : plain(value);
  });
}
