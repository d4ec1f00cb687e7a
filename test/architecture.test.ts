import { readdirSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { drivers } from "../src/drivers/index.ts";
import { steps } from "../src/steps/index.ts";
import { codeOf, importsOf, sourcesBelow, type SourceFile } from "./rig/source-code.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = sourcesBelow(root, "src");

/** Into which rooms each room may look. Its own is always allowed; tests may look anywhere. */
const LOOKS: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  model: ["lib"],
  ports: ["model"],
  plan: ["model", "ports", "lib"],
  engine: ["model", "ports", "lib"],
  scenario: ["model", "ports", "lib"],
  shell: ["model", "ports", "lib"],
  journal: ["model", "ports", "lib"],
  drivers: ["model", "ports", "lib"],
  steps: ["model", "ports", "scenario", "lib"],
  report: ["model", "lib"],
  actions: ["model", "ports", "plan", "engine", "lib"],
  cli: ["model", "ports", "actions", "report", "lib"],
};

/** Files that belong to no room: where things are plugged together, the demo that uses that, and the public doors. */
const PLUGS =
  /^src\/(?:main|alone|alone-reports|assemble|bridge|project|state|tools|version)\.ts$|^src\/demo\//;
const DOORS: Readonly<Record<string, readonly string[]>> = {
  "src/index.ts": ["model", "ports", "report"],
  "src/scenario.ts": ["model", "ports", "scenario", "shell"],
};

/** The only places that may use a tool. */
const TOOLS: Readonly<Record<string, RegExp>> = {
  "node:child_process": /^src\/shell\//,
  // The data of the user's application, not history: a copy of it, its migrations, and whether it stayed the same.
  "node:sqlite": /^src\/(?:journal|steps\/backup|steps\/migrate|steps\/twice)\//,
  // One safe reader for every YAML text.
  yaml: /^src\/lib\/yaml-(?:scan|text|write)\.ts$/,
  undici: /^src\/shell\//,
  httpxy: /^src\/drivers\/local\//,
  commander: /^src\/cli\//,
  re2js: /^src\/lib\/pattern\.ts$/,
  "playwright-core": /^src\/shell\/browser\//,
  "axe-core": /^src\/shell\/browser\//,
  "tough-cookie": /^src\/scenario\//,
  ajv: /^src\/scenario\/json-schema/,
  parse5: /^src\/scenario\/html-finder\.ts$/,
  "parse5-htmlparser2-tree-adapter": /^src\/scenario\/html-finder\.ts$/,
  "css-select": /^src\/scenario\/html-finder\.ts$/,
  saxes: /^src\/steps\/tests\//,
};

function roomOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

/** What a relative import means, from the repository's root. */
function resolve(file: string, specifier: string): string {
  return posix.join(posix.dirname(file), specifier);
}

interface Look {
  readonly from: string;
  readonly to: string;
}

function looks(files: readonly SourceFile[]): readonly Look[] {
  return files.flatMap(({ path, imports }) =>
    imports
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => ({ from: path, to: resolve(path, specifier) })),
  );
}

function isAllowed({ from, to }: Look): boolean {
  if (PLUGS.test(from)) return true;
  const room = roomOf(from);
  const into = roomOf(to);
  if (into === undefined) return false;
  if (room === undefined) return DOORS[from]?.includes(into) === true;
  return room === into || LOOKS[room]?.includes(into) === true;
}

function isNeighbour({ from, to }: Look): boolean {
  const driver = /^src\/drivers\/([^/]+)\//;
  const [mine, theirs] = [driver.exec(from)?.[1], driver.exec(to)?.[1]];
  return mine !== undefined && theirs !== undefined && mine !== theirs;
}

function show(found: readonly Look[]): readonly string[] {
  return found.map(({ from, to }) => `${from} looks into ${to}`);
}

function foldersOf(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

describe("the guard sees the code", () => {
  test("finds the files and follows what they import", () => {
    expect(sources.length).toBeGreaterThan(200);
    expect(looks(sources).length).toBeGreaterThan(600);
    expect(looks(sources)).toContainEqual({
      from: "src/engine/next.ts",
      to: "src/model/exit.ts",
    });
  });

  test("finds something in every room, and no room that it does not know", () => {
    const seen = new Set(sources.map(({ path }) => roomOf(path)).filter((r) => r !== undefined));
    seen.delete("demo");
    expect([...seen].toSorted()).toEqual(Object.keys(LOOKS).toSorted());
  });

  test("resolves every relative import to a file that is there", () => {
    const known = new Set(sources.map(({ path }) => path));
    expect(show(looks(sources).filter(({ to }) => !known.has(to)))).toEqual([]);
  });

  test.each([
    ["an import", 'import { a } from "x";'],
    ["an import of types alone", 'import type { A } from "x";'],
    ["an import over several lines", 'import {\n  a,\n  b,\n} from "x";'],
    ["an import of everything", 'import * as a from "x";'],
    ["an import for its effect", 'import "x";'],
    ["a re-export", 'export { a } from "x";'],
    ["a re-export of everything", 'export * from "x";'],
    ["a re-export of types", 'export type { A } from "x";'],
    ["an import while running", 'const a = await import("x");'],
    ["an import within a type", 'type A = import("x").A;'],
    ["an import without spaces", 'import{a}from"x";'],
  ])("sees %s", (_, text) => {
    expect(importsOf(text)).toEqual(["x"]);
  });

  test("takes no sentence for an import", () => {
    expect(importsOf('// taken from "x"\nconst from = "y";')).toEqual([]);
  });

  test.each([
    ["src/engine/next.ts", "src/drivers/index.ts"],
    ["src/lib/mask.ts", "src/model/json.ts"],
    ["src/ports/shell.ts", "src/lib/size.ts"],
    ["src/cli/main.ts", "src/engine/next.ts"],
    ["src/report/page.ts", "src/ports/journal.ts"],
    ["src/plan/project.ts", "src/main.ts"],
    ["src/index.ts", "src/shell/index.ts"],
  ])("would not let %s look into %s", (from, to) => {
    expect(isAllowed({ from, to })).toBe(false);
  });
});

describe("rooms", () => {
  test("look only where they may", () => {
    expect(show(looks(sources).filter((look) => !isAllowed(look)))).toEqual([]);
  });

  test("hide no import: nothing is loaded by a name made up while running", () => {
    const hidden = /\bimport\((?!\s*["'])|\brequire\(|createRequire|getBuiltinModule/;
    // In a checkout the demo makes its repository with a script of the example, which no package holds. What is asked of
    // a module of the project's own (module-down), and from inside a container (ask), is a text for another process.
    const known =
      /^src\/(demo\/lay-out|steps\/migrate\/adapters\/module-down|drivers\/compose\/switch\/ask)\.ts$/;
    expect(where(hidden, known)).toEqual([]);
  });

  test("no driver looks into another driver", () => {
    expect(isNeighbour({ from: "src/drivers/a/index.ts", to: "src/drivers/b/x.ts" })).toBe(true);
    expect(isNeighbour({ from: "src/drivers/index.ts", to: "src/drivers/b/index.ts" })).toBe(false);
    expect(show(looks(sources).filter(isNeighbour))).toEqual([]);
  });

  test.each(Object.entries(TOOLS))("%s stays in its room", (tool, room) => {
    const users = sources.filter(({ imports }) => imports.includes(tool)).map(({ path }) => path);
    expect(users).not.toEqual([]);
    expect(users.filter((path) => !room.test(path))).toEqual([]);
  });
});

describe("registries", () => {
  const registries = [
    ["drivers", drivers.map(({ name }) => name)],
    ["steps", steps.map(({ name }) => name)],
  ] as const;

  test.each(registries)(
    "%s has exactly one line per folder, under the folder's name",
    (room, names) => {
      expect(names.toSorted()).toEqual(foldersOf(`src/${room}`));
    },
  );
});

/** Files whose code matches, but for those that have a reason. */
function where(pattern: RegExp, except?: RegExp): readonly string[] {
  return sources
    .filter(({ path, text }) => except?.test(path) !== true && pattern.test(codeOf(text)))
    .map(({ path }) => path);
}

describe("what is nowhere", () => {
  // The adapters to this machine, and how people at a terminal are shown the time.
  const CLOCKS = /^src\/(?:shell|cli\/follow|demo)\//;

  test("no console: the command line writes through its terminal", () => {
    expect(where(/\bconsole\./)).toEqual([]);
  });

  test("no chance that can't be repeated", () => {
    expect(where(/\bMath\.random\b/)).toEqual([]);
  });

  test("no time but the clock's, outside of adapters", () => {
    expect(where(/\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/, CLOCKS)).toEqual([]);
    expect(where(/\bperformance\.now\(/)).not.toEqual([]);
  });

  test("no environment variable is read outside of adapters", () => {
    expect(where(/\bprocess\.env\b/, new RegExp(`${PLUGS.source}|^src/shell/`))).toEqual([]);
  });

  test("no command goes through a shell string", () => {
    expect(where(/\bshell:\s*(?:true|["'])/)).toEqual([]);
    expect(where(/(?<![.\w])(?:exec|execSync)\(/)).toEqual([]);
  });

  test("no pattern of a person's reaches the backtracking engine", () => {
    // Those in these files are made of our own constants, or of text that was escaped before.
    const own = /^src\/lib\//;
    expect(where(/\bnew RegExp\(/, own)).toEqual([]);
  });

  test("the engine knows no driver and no kind of step by name, and the library no word of ours", () => {
    const engine = sources.filter(({ path }) => roomOf(path) === "engine");
    const kinds = new RegExp(
      `["'\`](?:${[...drivers, ...steps].map((d) => d.name).join("|")})["'\`]`,
    );
    expect(engine.filter(({ text }) => kinds.test(text)).map(({ path }) => path)).toEqual([]);
    const lib = sources.filter(({ path }) => roomOf(path) === "lib");
    const words = /\b(?:deploy|rollback|roll back|seaworthy|environment)\b/i;
    expect(lib.filter(({ text }) => words.test(codeOf(text))).map(({ path }) => path)).toEqual([]);
  });
});
