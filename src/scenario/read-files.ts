import { posix } from "node:path";
import type { TextPath } from "../lib/yaml-text.ts";
import type { Position } from "../model/diagnostic.ts";
import type { Body } from "./model-request.ts";
import type { Act, Scenario, ScenarioStep } from "./model.ts";
import { PHASES } from "./schema.ts";
import type { ScenarioText } from "./schema.ts";
import { positionOf } from "./source.ts";
import type { Source } from "./source.ts";

/** Whether there is a file; its path is seen from the folder of the scenario that is read first. */
export type Exists = (path: string) => boolean;

interface Walk {
  readonly source: Source;
  readonly exists: Exists;
  /** Working files so far. */
  readonly made: Set<string>;
}

/** A file that is sent or joined, and where its name stands below the step. */
interface Used {
  readonly file: string;
  readonly path: TextPath;
}

/** Every file that is sent or joined is made or downloaded by a step before, or lies beside the scenario. */
export function checkFiles(
  text: ScenarioText,
  scenario: Scenario,
  { source, exists }: Omit<Walk, "made">,
): void {
  const walk: Walk = { source, exists, made: new Set() };
  for (const phase of PHASES)
    for (const [at, step] of scenario[phase].entries())
      checkStep(step, walk, {
        folder: scenario.folder,
        path: [phase, at],
        isList: Array.isArray(text[phase]?.[at]?.multipart),
      });
}

/** Where a step stands; without a path it is one of an included scenario. */
interface Stand {
  readonly folder: string;
  readonly path?: TextPath;
  /** Whether the parts of its form are written as a list. */
  readonly isList?: boolean;
}

function checkStep({ act, at }: ScenarioStep, walk: Walk, stand: Stand): void {
  const { folder, path, isList = false } = stand;
  const { source, exists, made } = walk;
  if (act.do === "include") {
    const { folder: inner, steps } = act.scenario;
    for (const step of steps) checkStep(step, walk, { folder: inner });
    return;
  }
  for (const used of usedBy(act, isList)) {
    if (isOpen(used.file, made) || exists(posix.join(folder, used.file))) continue;
    const place = path && positionOf(source, [...path, ...used.path], "value");
    blame(used.file, place ?? at, source);
  }
  const written = writtenBy(act);
  if (written !== undefined) made.add(written);
}

/** Whether nobody can say before it runs that the file is missing. */
function isOpen(file: string, made: ReadonlySet<string>): boolean {
  return file.includes("${") || made.has(file) || [...made].some((name) => name.includes("${"));
}

function usedBy(act: Act, isList: boolean): readonly Used[] {
  if (act.do === "join")
    return act.files.map((file, at) => ({ file, path: ["join", "files", at] }));
  return act.do === "ask" && act.request.body !== undefined ? sentBy(act.request.body, isList) : [];
}

function sentBy(body: Body, isList: boolean): readonly Used[] {
  if (body.as === "file") return [{ file: body.file, path: ["file"] }];
  if (body.as !== "multipart") return [];
  return body.parts.flatMap(({ name, content }, at) =>
    content.as === "file"
      ? [{ file: content.file, path: ["multipart", isList ? at : name, "file"] }]
      : [],
  );
}

function writtenBy(act: Act): string | undefined {
  if (act.do === "make") return act.file;
  if (act.do === "join") return act.into;
  return act.do === "ask" ? act.request.download : undefined;
}

function blame(file: string, at: Position, { diagnostics }: Source): void {
  diagnostics.push({
    severity: "error",
    code: "missing-file",
    what: `There is no file ${file}: no step before makes or downloads it, and none lies beside the scenario.`,
    fix: "Correct the name, put the file there, or make it in a step before: `make`.",
    length: file.length,
    ...at,
  });
}
