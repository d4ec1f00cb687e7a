import type { AlembicSpec } from "./spec.ts";
import {
  ahead,
  type Adapter,
  type Answer,
  type Argv,
  named,
  nothingKnown,
  type Read,
  type Reversible,
} from "./adapter.ts";

/** `c3, d4 -> e5 (head) (mergepoint), message` */
const LINE = /^(.+?) -> ([^\s,]+)(?: \(|,|$)/;

interface Revision {
  readonly id: string;
  /** None for the first one. */
  readonly after: readonly string[];
}

/** Alembic's revisions. */
export function alembic({ run, options, empty_down }: AlembicSpec): Adapter {
  const [program, ...first] = run;
  const call = (...words: readonly string[]): Argv => [program, ...first, ...options, ...words];
  return {
    status: [call("current"), call("history")],
    read,
    up: call("upgrade", "heads"),
    reversible: {
      ask: (name, { at = [] }) => {
        const before = parentOf(name, at);
        return [
          call("downgrade", `${name}:${before}`, "--sql"),
          call("upgrade", `${before}:${name}`, "--sql"),
        ];
      },
      read: (answers) => reversible(answers, empty_down),
    },
    down: ({ at = [] }) => {
      const heads = headsIn(at);
      return heads.length === 0
        ? [call("downgrade", "base")]
        : heads.map((revision) => call("downgrade", revision));
    },
    downName: "alembic downgrade REVISION-BEFORE",
    isExact: true,
  };
}

function read([current, history]: readonly Answer[]): Read {
  if (current?.all.includes("Can't locate revision"))
    return ahead("The database is at a revision that this release does not know.", current.all);
  const revisions = (history?.stdout ?? "").split(/\r?\n/).flatMap(parse).toReversed();
  if (revisions.length === 0) return nothingKnown("Alembic", history?.all ?? "");
  const heads = (current?.stdout ?? "")
    .split(/\r?\n/)
    .flatMap((line) => line.trim().split(/\s/)[0] || []);
  const strange = heads.filter((head) => !revisions.some(({ id }) => id === head));
  if (strange.length > 0)
    return ahead(
      `The database is at ${strange.join(", ")}, which this release does not know.`,
      current?.all ?? "",
    );
  const applied = below(heads, revisions);
  const of = (isApplied: boolean) =>
    revisions.filter(({ id }) => applied.has(id) === isApplied).map(({ id }) => id);
  const notes = [
    ...heads.map((head) => `head ${head}`),
    ...revisions.map(({ id, after }) => `${id} after ${after[0] ?? "base"}`),
  ];
  return { standing: named(of(true), of(false), notes) };
}

function parse(line: string): readonly Revision[] {
  const [, left, id] = LINE.exec(line) ?? [];
  if (left === undefined || id === undefined) return [];
  const after = left
    .replaceAll(/\([^)]*\)/g, "")
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "" && word !== "<base>");
  return [{ id, after }];
}

/** The heads, and everything that they rest on. */
function below(heads: readonly string[], revisions: readonly Revision[]): ReadonlySet<string> {
  const parents = new Map(revisions.map(({ id, after }) => [id, after]));
  const found = new Set<string>();
  const open = [...heads];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    open.push(...(parents.get(id) ?? []));
  }
  return found;
}

function headsIn(at: readonly string[]): readonly string[] {
  return at.flatMap((note) => (note.startsWith("head ") ? [note.slice("head ".length)] : []));
}

function parentOf(name: string, at: readonly string[]): string {
  const note = at.find((each) => each.startsWith(`${name} after `));
  return note?.slice(`${name} after `.length) ?? "base";
}

/** A way down that writes nothing takes nothing back, unless the way up wrote nothing either. */
function reversible(
  [down, up]: readonly Answer[],
  emptyDown: AlembicSpec["empty_down"],
): Reversible {
  if (!down?.isFine) return down?.all.includes("NotImplementedError") ? "no" : "unknown";
  if (writes(down.stdout)) return "yes";
  if (!up?.isFine) return "unknown";
  return writes(up.stdout) && emptyDown === "refuse" ? "no" : "yes";
}

/** Whether SQL has a statement that is neither a transaction's nor about Alembic's own table. */
function writes(sql: string): boolean {
  const statements = sql
    .replaceAll(/--[^\n]*/g, "")
    .split(";")
    .map((statement) => statement.trim());
  return statements.some(
    (each) => each !== "" && !/^(begin|commit)\b/i.test(each) && !/\balembic_version\b/.test(each),
  );
}
