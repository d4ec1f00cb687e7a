import { posix } from "node:path";
import type { z } from "zod";
import { nearest } from "../lib/nearest.ts";
import { readYamlText } from "../lib/yaml-text.ts";
import type { TextPath, TextPlace, YamlText } from "../lib/yaml-text.ts";
import type { Diagnostic, Position } from "../model/diagnostic.ts";
import { explainIssue, valueAt } from "./explain-issue.ts";

/** The text of one scenario while it is read: where things are, and what is wrong with it. */
export interface Source {
  readonly file: string;
  readonly text: YamlText;
  readonly diagnostics: Diagnostic[];
  readonly around: Around;
}

/** What lies around a scenario while it is read. Paths are seen from the folder of the scenario that is read first. */
export interface Around {
  /** Its own folder; "" is that of the first. */
  readonly folder: string;
  /** Text of a file; undefined when there is none. */
  readonly files: (path: string) => string | undefined;
  /** The scenarios that include it, from the first on, and itself. */
  readonly chain: readonly string[];
}

const ALONE: Around = { folder: "", files: () => undefined, chain: [] };

export interface Complaint {
  readonly code: string;
  readonly what: string;
  readonly fix: string;
  readonly severity?: "warning";
}

/** The path of a companion file, seen from the first scenario's folder; undefined when it cannot be meant. */
export function companionPath({ around }: Source, path: string): string | undefined {
  // oxlint-disable-next-line no-control-regex -- such paths fool people and programs
  if (path.startsWith("/") || /[\\\u0000-\u001f]|^[A-Za-z]:|\$\{/.test(path)) return undefined;
  return posix.join(around.folder, path);
}

/** Text of a file beside the scenario; a complaint about the value at `at` when there is none. */
export function readCompanion(source: Source, path: string, at: TextPath): string | undefined {
  const companion = companionPath(source, path);
  const text = companion === undefined ? undefined : source.around.files(companion);
  if (text !== undefined) return text;
  const leaves = companion === undefined || companion.startsWith("../");
  complain(source, at, {
    code: "missing-file",
    what: leaves
      ? `${path} is not there, or not where a scenario may read.`
      : `There is no file ${path} beside the scenario.`,
    fix: leaves
      ? "Put the file into the scenario's own folder or below it; when a plan runs the scenario, anywhere below the folder of the project file."
      : "Correct the name, or put the file there. It is relative to the scenario's own folder.",
  });
  return undefined;
}

/** What a scenario may be at most. */
const CAPS = { bytes: 1_048_576, depth: 40, nodes: 50_000 } as const;

/** A longer list says nothing beside a good guess. */
const MOST_LISTED = 10;

/** Reads the YAML, or tells everything that is wrong with it. */
export function openSource(
  text: string,
  file: string,
  around: Around = ALONE,
): Source | readonly Diagnostic[] {
  const read = readYamlText(text, { caps: CAPS, bigIntegers: true });
  if (read.ok) return { file, text: read.text, diagnostics: [], around };
  return read.faults.map((fault) => ({ ...fault, file, severity: "error" }));
}

/** Where the value at this path is. */
export function positionOf(
  source: Source,
  path: TextPath,
  part: "key" | "value" = "key",
): Position {
  const { line, column } = part === "key" ? source.text.keyPlace(path) : source.text.place(path);
  return { file: source.file, line, column };
}

/** Notes a complaint about the value at this path. */
export function complain(source: Source, path: TextPath, complaint: Complaint): void {
  note(source, source.text.place(path), complaint);
}

/** Notes a complaint about the key that this path ends with. */
export function complainOfKey(source: Source, path: TextPath, complaint: Complaint): void {
  note(source, source.text.keyPlace(path), complaint);
}

function note(source: Source, place: TextPlace, complaint: Complaint): void {
  source.diagnostics.push({ severity: "error", ...complaint, ...place, file: source.file });
}

/** Notes what a schema found, as a person would say it. */
export function complainOfIssues(
  source: Source,
  issues: readonly z.core.$ZodIssue[],
  base: TextPath = [],
): void {
  for (const issue of issues) {
    const path = [
      ...base,
      ...issue.path.map((part) => (typeof part === "number" ? part : String(part))),
    ];
    if (issue.code === "unrecognized_keys") complainOfKeys(source, path, issue);
    else if (issue.code === "invalid_union") complainOfUnion(source, path, issue);
    else complain(source, path, explained(source, issue, path));
  }
}

function complainOfKeys(
  source: Source,
  path: TextPath,
  issue: z.core.$ZodIssueUnrecognizedKeys,
): void {
  const known = issue.message.replace("known: ", "").split(" ");
  for (const key of issue.keys) {
    const meant = nearest(key, known);
    complainOfKey(source, [...path, key], {
      code: "unknown-key",
      what: `"${key}" is not known here.`,
      fix: [
        ...(meant ? [`Did you mean "${meant}"?`] : []),
        ...(meant && known.length > MOST_LISTED ? [] : [`One of: ${known.join(", ")}.`]),
      ].join(" "),
    });
  }
}

/** Of several possible shapes the writer meant the one that fits best: the one whose complaints lie deepest. */
function complainOfUnion(
  source: Source,
  path: TextPath,
  issue: z.core.$ZodIssueInvalidUnion,
): void {
  const best = issue.errors.toSorted((a, b) => deepest(b) - deepest(a))[0];
  if (best && best.length > 0 && deepest(best) > 0) return complainOfIssues(source, best, path);
  complain(source, path, explained(source, issue, path));
}

function deepest(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(
    ...issues.map(({ path, code }) => path.length * 2 + (code === "invalid_type" ? 0 : 1)),
  );
}

function explained(source: Source, issue: z.core.$ZodIssue, path: TextPath): Complaint {
  return explainIssue(issue, { path, value: valueAt(source.text.value, path) });
}
