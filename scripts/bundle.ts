import { globSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join, posix, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown, type OutputChunk, type Plugin, type PreRenderedChunk } from "rolldown";

const root = fileURLToPath(new URL("../", import.meta.url));
const source = join(root, "src");

/** What others start or import by its path: the program, the public doors, and the programs of threads. */
const ENTRIES = ["main.ts", "index.ts", "scenario.ts", "**/program.ts"];

/** What every start needs becomes part of the bundle; what few runs need stays a package of its own. */
const INLINED = ["commander", "json-p3", "re2js", "yaml", "zod"];

/** Makes few files of many, and writes down under which terms others' code is among them. */
export async function bundle(into: string): Promise<void> {
  const made = await rolldown({
    input: Object.fromEntries(
      globSync(ENTRIES, { cwd: source })
        .toSorted()
        .map((file) => [withoutEnding(file), join(source, file)]),
    ),
    cwd: root,
    platform: "node",
    external: (id) => /^[^./]/.test(id) && !INLINED.includes(packageOf(id)),
    plugins: [ownPlaces],
    onLog(level, log) {
      if (level === "warn") throw new Error(log.message);
    },
  });
  const { output } = await made.write({
    dir: into,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: nameOf,
    hashCharacters: "base36",
  });
  const chunks = output.filter((one) => one.type === "chunk");
  writeFileSync(join(into, "THIRD-PARTY-LICENSES.txt"), terms(chunks));
}

/** Stands for the bundle's folder until it is known where a module's code has gone. */
const HOME = "seaworthy-bundle:";

/** Lets each module find files from where it lay itself, wherever in the bundle its code is now. */
const ownPlaces: Plugin = {
  name: "own-places",
  transform(code, id) {
    if (!id.startsWith(source) || !code.includes("import.meta.url")) return null;
    const place = `${withoutEnding(relative(source, id))}.js`;
    return code.replaceAll("import.meta.url", `new URL("${HOME}${place}", import.meta.url).href`);
  },
  renderChunk(code, { fileName }) {
    const home = posix.relative(posix.dirname(fileName), ".") || ".";
    return code.includes(HOME) ? code.replaceAll(HOME, `${home}/`) : null;
  },
};

/**
 * The hash keeps versions apart: a program that an update overtakes finds no part rather than another version's. What is
 * imported on demand says where it is from.
 */
function nameOf({ name, facadeModuleId }: PreRenderedChunk): string {
  const from = facadeModuleId ?? "";
  const place = from.startsWith(source) ? withoutEnding(relative(source, from)) : name;
  return `${place}-[hash].js`;
}

function withoutEnding(file: string): string {
  return file.replace(/\.ts$/, "");
}

function packageOf(id: string): string {
  return id
    .split("/")
    .slice(0, id.startsWith("@") ? 2 : 1)
    .join("/");
}

/** The licence of each package whose code is in the bundle, as it came with it. */
function terms(chunks: readonly OutputChunk[]): string {
  const folders = chunks.flatMap(({ moduleIds }) => moduleIds.flatMap((id) => packageFolder(id)));
  const texts = [...new Set(folders)].toSorted().map((folder) => termsOf(folder));
  return [
    "The files beside this one hold code of these packages, each under the terms below its name.\n",
    ...texts,
  ].join(`\n${"-".repeat(80)}\n\n`);
}

function packageFolder(module: string): readonly string[] {
  const found = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(module)?.[1];
  return found === undefined ? [] : [found];
}

function termsOf(folder: string): string {
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  if (file === undefined) throw new Error(`${folder} holds no licence`);
  const text = readFileSync(join(folder, "package.json"), "utf8");
  const version = /"version":\s*"([^"]+)"/.exec(text)?.[1] ?? "";
  return `${nameOfPackage(folder)} ${version}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
}

function nameOfPackage(folder: string): string {
  const above = basename(dirname(folder));
  return above.startsWith("@") ? `${above}/${basename(folder)}` : basename(folder);
}
