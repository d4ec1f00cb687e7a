import { readYamlText, type Spot } from "../../lib/yaml-text.ts";

/** A file of the release, and its text. */
export interface FileText {
  readonly file: string;
  readonly text: string;
}

const CAPS = { bytes: 8_000_000, depth: 60, nodes: 200_000 };

/**
 * Where in the person's own files it is that Compose refuses: `compose.yaml:7`. It names a line for broken YAML alone
 * (v2 one near it), and parts by their names otherwise. Undefined where it names nothing that can be found.
 */
export function refusedPlace(files: readonly FileText[], words: string): string | undefined {
  return (
    toldByV1(words) ?? brokenAt(files, words) ?? toldByV2(files, words) ?? namedAt(files, words)
  );
}

function brokenAt(files: readonly FileText[], words: string): string | undefined {
  if (!/\byaml[:.]/i.test(words)) return undefined;
  for (const { file, text } of files) {
    const read = readYamlText(text, { caps: CAPS });
    // What Compose allows and we do not is not what it stumbled over.
    const fault = read.ok ? undefined : read.faults.find(({ code }) => code !== "not-allowed");
    if (fault !== undefined) return `${file}:${firstWritten(text, fault.line)}`;
  }
  return undefined;
}

/** A reader gives up at the end of what it understood: blank lines come before what it stumbled over. */
function firstWritten(text: string, line: number): number {
  const lines = text.split("\n");
  let at = line;
  while (lines[at - 1]?.trim() === "" && at < lines.length) at++;
  return at;
}

/** The last place that it names is where it gave up. */
function toldByV1(words: string): string | undefined {
  const told = [...words.matchAll(/in "(?:\.\/)?([^"]+)", line (\d+)/g)].at(-1);
  return told && `${told[1]}:${told[2]}`;
}

/** It does not say of which file. */
function toldByV2([first, ...others]: readonly FileText[], words: string): string | undefined {
  const told = /\byaml: line (\d+):/.exec(words);
  return told && first && others.length === 0 ? `${first.file}:${told[1]}` : undefined;
}

/** By the names of parts: the place that most of them lead to. */
function namedAt(files: readonly FileText[], words: string): string | undefined {
  const path = pathIn(words);
  if (path === undefined) return undefined;
  let best: { readonly depth: number; readonly place: string } | undefined;
  for (const { file, text } of files) {
    const read = readYamlText(text, { caps: CAPS });
    if (!read.ok) continue;
    const depth = depthOf(read.text.root, path);
    if (depth >= LEAST && depth > (best?.depth ?? 0))
      best = { depth, place: `${file}:${read.text.keyPlace(path.slice(0, depth)).line}` };
  }
  return best?.place;
}

/** `services` alone is no place. */
const LEAST = 2;

function pathIn(words: string): readonly string[] | undefined {
  const dotted = /\b(services|networks|volumes|configs|secrets)[.[]([\w-]+)\]?((?:\.[\w-]+)*)/.exec(
    words,
  );
  const quoted = /\bservice ['"]([\w.-]+)['"]/i.exec(words);
  const within = dotted
    ? [dotted[1] ?? "", dotted[2] ?? "", ...(dotted[3] ?? "").split(".").filter(Boolean)]
    : quoted && ["services", quoted[1] ?? ""];
  if (!within) return undefined;
  const part = PARTS.map((pattern) => pattern.exec(words)?.[1]).find((name) => name !== undefined);
  return part === undefined ? within : [...within, part];
}

/** How either says which part of a service it means. */
const PARTS: readonly RegExp[] = [
  /Additional property ([\w-]+)/,
  /Unsupported config option for \S+: '([\w-]+)'/,
  /value for "(\w+)" option/,
  /\b(depends_on)\b/,
];

function depthOf(root: Spot, path: readonly string[]): number {
  let spot: Spot | undefined = root;
  for (const [depth, key] of path.entries()) {
    spot = spot.parts.get(key);
    if (spot === undefined) return depth;
  }
  return path.length;
}
