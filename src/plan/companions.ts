import type { Diagnostic } from "../model/diagnostic.ts";
import type { Json, JsonObject } from "../model/json.ts";
import type { Preparation } from "../ports/step-kind.ts";
import type { Placed } from "./order.ts";
import type { Project } from "./project.ts";
import { blame, type Complaint, type Path } from "./source.ts";

/** What a kind is given to prepare one step. */
export interface Preparing {
  readonly project: Project;
  readonly placed: Placed;
  readonly spec: JsonObject;
  readonly targets: readonly string[];
  readonly hosts: readonly string[];
  /** Inputs, and the secrets that the step declares. */
  readonly names: readonly string[];
  readonly before: Preparation["before"];
}

/** What preparing found. */
export interface Prepared {
  readonly spec: JsonObject;
  readonly diagnostics: readonly Diagnostic[];
  /** Texts of companion files, in which inputs and secrets may be used. */
  readonly texts: readonly string[];
}

/** Lets the step's kind read its companion files and refuse what can't work or can't fail. */
export function prepare({ project, placed, spec, names, before, ...known }: Preparing): Prepared {
  const { split, path } = placed.draft;
  if (!split.kind?.prepare) return { spec, diagnostics: [], texts: [] };
  const texts: string[] = [];
  const outside: Diagnostic[] = [];
  const point = (inner: Path, complaint: Complaint) =>
    blame(project.source, { path: [...path, ...split.place(inner)] }, complaint);
  const { files } = project;
  const prepared = split.kind.prepare(spec, {
    ...(files.exists === undefined ? {} : { exists: (wish: string) => isThere(files, wish) }),
    targets: known.targets,
    hosts: known.hosts,
    names,
    before,
    blame: (key, what, fix) => {
      if (key === undefined)
        return blame(
          project.source,
          { path: [...path, split.kind?.name ?? ""], key: true },
          { code: "step-refused", what, fix },
        );
      return point(pathOfKey(key, spec), { code: "step-refused", what, fix });
    },
    read: (wish) => {
      const inside = below(wish);
      if (inside === undefined) {
        outside.push(point(pathTo(split.spec, wish) ?? [], leaves(wish)));
        return undefined;
      }
      const file = readBeside(project, wish);
      if (file !== undefined) texts.push(file.text);
      return file;
    },
  });
  // One complaint is enough about a file that must not be read.
  const rest = outside.length > 0 ? [] : prepared.diagnostics;
  return { spec: prepared.spec, diagnostics: [...outside, ...rest], texts };
}

function isThere(files: Project["files"], wish: string): boolean {
  const inside = below(wish);
  return inside !== undefined && files.exists?.(inside) === true;
}

/** A file beside the project file; undefined when there is none, or none that may be read. */
export function readBeside(
  { files, source }: Project,
  wish: string,
): ReturnType<Preparation["read"]> {
  const inside = below(wish);
  const text = inside === undefined ? undefined : files.read(inside);
  if (inside === undefined || text === undefined) return undefined;
  return { text, path: beside(source.path, inside) };
}

/** `expect.status` as a path, unless it is a key as it stands. */
function pathOfKey(key: string, spec: JsonObject): Path {
  return Object.hasOwn(spec, key)
    ? [key]
    : key.split(".").map((each) => (/^\d+$/.test(each) ? Number(each) : each));
}

/** The path with its dots worked out, undefined when it leads outside. */
function below(path: string): string | undefined {
  // oxlint-disable-next-line no-control-regex -- such paths fool people and programs
  if (path.startsWith("/") || /[\\\u0000-\u001f]|^[A-Za-z]:/.test(path)) return undefined;
  const kept: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") kept.push(part);
    else if (kept.pop() === undefined) return undefined;
  }
  return kept.length > 0 ? kept.join("/") : undefined;
}

function beside(file: string, path: string): string {
  const slash = file.lastIndexOf("/");
  return slash < 0 ? path : `${file.slice(0, slash + 1)}${path}`;
}

function leaves(path: string): Complaint {
  return {
    code: "path-outside",
    what: `"${path}" is not below the folder of the project file.`,
    fix: "Put the file beside the project file or below it, and name it from there.",
  };
}

/** Where in the value this text stands. */
function pathTo(value: Json, text: string): Path | undefined {
  if (value === text) return [];
  if (value === null || typeof value !== "object") return undefined;
  for (const [key, each] of Object.entries(value)) {
    const inner = pathTo(each, text);
    if (inner) return [Array.isArray(value) ? Number(key) : key, ...inner];
  }
  return undefined;
}
