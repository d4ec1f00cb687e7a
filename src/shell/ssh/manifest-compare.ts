import { kindOf, type Entry } from "./manifest.ts";

/** What a host's list says: each path with how it stands there, and the digests of the files. */
export interface HostList {
  readonly kinds: ReadonlyMap<string, string>;
  readonly sums: ReadonlyMap<string, string>;
}

/** Takes a host's list apart. */
export function readList(text: string): HostList {
  const lines = text.split("\0").filter((line) => line !== "");
  const kinds = lines.filter((line) => !isSum(line)).map((line) => [pathOf(line), line] as const);
  const sums = lines.filter(isSum).map((line) => [line.slice(68), line.slice(0, 64)] as const);
  return { kinds: new Map(kinds), sums: new Map(sums) };
}

function isSum(line: string): boolean {
  return /^[0-9a-f]{64} {2}/.test(line);
}

/** `f 644 ./a`, `d 755 ./a`, `l ./a//target`, `? ./a`. */
function pathOf(line: string): string {
  const path = line.slice(line.indexOf("./") + 2);
  return line.startsWith("l ") ? path.slice(0, path.indexOf("//")) : path;
}

/** What is to be done so that a host's folder becomes the wanted one, but for modes that do not matter. */
export interface Work {
  /** To be sent. */
  readonly missing: readonly Entry[];
  /** Paths to be removed before, since nothing or something else belongs there. */
  readonly stale: readonly string[];
}

export function workFor(wanted: readonly Entry[], there: HostList): Work {
  const known = new Map(wanted.map((entry) => [entry.path, entry]));
  const stale = [...there.kinds].flatMap(([path, line]) => {
    const entry = known.get(path);
    return entry !== undefined && kindOf(entry)[0] === line[0] ? [] : [path];
  });
  return { missing: wanted.filter((entry) => !isThere(entry, there)), stale };
}

function isThere(entry: Entry, { kinds, sums }: HostList): boolean {
  const line = kinds.get(entry.path);
  if (line === undefined) return false;
  if (entry.kind === "folder") return line.startsWith("d ");
  if (entry.kind === "link") return line === kindOf(entry);
  const mode = /^f (\d+) /.exec(line)?.[1];
  if (mode === undefined || sums.get(entry.path) !== entry.sha256) return false;
  return ((Number.parseInt(mode, 8) & 0o111) !== 0) === entry.isExecutable;
}

const MOST_LINES = 10;

/** In what the two differ, for people; empty when they are the same. */
export function differences(wanted: readonly Entry[], there: HostList): string {
  const known = new Set(wanted.map(({ path }) => path));
  const lines = [
    ...wanted.flatMap((entry) => {
      const line = there.kinds.get(entry.path);
      if (line === undefined) return [`is not there: ${JSON.stringify(entry.path)}`];
      if (line !== kindOf(entry))
        return [`is ${JSON.stringify(line)} instead of ${JSON.stringify(kindOf(entry))}`];
      const isSame = entry.kind !== "file" || there.sums.get(entry.path) === entry.sha256;
      return isSame ? [] : [`has another content: ${JSON.stringify(entry.path)}`];
    }),
    ...[...there.kinds.keys()].flatMap((path) =>
      known.has(path) ? [] : [`does not belong there: ${JSON.stringify(path)}`],
    ),
  ];
  const more = lines.length > MOST_LINES ? [`and ${lines.length - MOST_LINES} more`] : [];
  return [...lines.slice(0, MOST_LINES), ...more].join("\n");
}
