import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** One source file, as the architecture test sees it. */
export interface SourceFile {
  /** From the repository's root, with slashes: `src/engine/next.ts`. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

/** Every TypeScript file below a folder that is not a test, with what it imports. */
export function sourcesBelow(root: string, folder: string): readonly SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /(?<!\.test)\.ts$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .toSorted()
    .map((path) => {
      const text = readFileSync(join(root, path), "utf8");
      return { path, text, imports: importsOf(text) };
    });
}

/**
 * What a text imports, in whichever way: `import`, `import type`, `export … from`, a bare `import "x"`, `import("x")`.
 *
 * Read with patterns because TypeScript 7 has no parser to call. A static import is known by standing at the start of
 * a line, which the formatter sees to.
 */
export function importsOf(text: string): readonly string[] {
  const ways = [
    /^(?:import|export)\s(?:[^;"'`]*?\sfrom\s)?\s*["']([^"']+)["']/gm,
    /^(?:import|export)\s*(?:type\s*)?[{*][^;"'`]*?[\s}]from\s*["']([^"']+)["']/gm,
    /\bimport\(\s*["']([^"']+)["']/g,
  ];
  return [...new Set(ways.flatMap((way) => [...text.matchAll(way)].map(([, from]) => from ?? "")))];
}

/** The text without its comments, so that a word in a sentence is not taken for code. */
export function codeOf(text: string): string {
  return text.replace(/^\s*(?:\/\*\*?[^]*?\*\/|\/\/.*)$/gm, "").replace(/\s\/\/\s.*$/gm, "");
}
