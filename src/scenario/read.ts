import { posix } from "node:path";
import type { Diagnostic, Parsed } from "../model/diagnostic.ts";
import type { Scenario } from "./model.ts";
import { plainValues } from "./read-act.ts";
import { checkBase, checkDescribed, checkUsers, settingOf } from "./read-around.ts";
import { dataOf } from "./read-data.ts";
import { checkFiles } from "./read-files.ts";
import type { Exists } from "./read-files.ts";
import type { IncludeReader } from "./read-include.ts";
import { checkLookUps } from "./read-look-ups.ts";
import { hintsOf, stepOf } from "./read-step.ts";
import { PHASES, scenarioSchema } from "./schema.ts";
import type { ScenarioText } from "./schema.ts";
import { complainOfIssues, openSource } from "./source.ts";
import type { Around, Source } from "./source.ts";
import { spelledOut } from "./spelled-out.ts";

/** What reading a scenario may look at beside its text. */
export interface Reading {
  /** The names that will be answered from outside. Without them such names are not judged; they are in `needs`. */
  readonly known?: readonly string[];
  /** Text of a file, its path seen from the scenario's folder; undefined when there is none. */
  readonly files?: (path: string) => string | undefined;
  /** Whether there is a file of any kind, its path seen likewise. Without it files that are sent are looked for when it runs. */
  readonly exists?: Exists;
}

/** Reads a scenario with all that it includes, or tells everything that is wrong with it. */
export function readScenario(text: string, path: string, reading: Reading = {}): Parsed<Scenario> {
  const memo = new Map<string, Scenario | undefined>();
  const diagnostics: Diagnostic[] = [];
  const around: Around = {
    folder: "",
    files: reading.files ?? (() => undefined),
    chain: [posix.basename(path)],
  };
  const value = readOne(text, path, {
    reading,
    around,
    memo,
    diagnostics,
    top: posix.dirname(path),
  });
  return value === undefined || diagnostics.some(({ severity }) => severity === "error")
    ? { ok: false, diagnostics }
    : { ok: true, value, diagnostics };
}

interface Book {
  readonly reading: Reading;
  readonly around: Around;
  /** Every included scenario is read once. */
  readonly memo: Map<string, Scenario | undefined>;
  readonly diagnostics: Diagnostic[];
  /** Folder of the first scenario, as messages name it. */
  readonly top: string;
}

/** One scenario; undefined when it is wrong. Its complaints come in the order of its text, those about what it includes before. */
function readOne(text: string, path: string, book: Book): Scenario | undefined {
  const source = openSource(text, path, book.around);
  if (!("text" in source)) {
    book.diagnostics.push(...source);
    return undefined;
  }
  const parsed = scenarioSchema.safeParse(spelledOut(source.text.value));
  const value = parsed.success ? scenarioOf(parsed.data, source, book) : undefined;
  if (!parsed.success) complainOfIssues(source, parsed.error.issues);
  book.diagnostics.push(
    ...source.diagnostics.toSorted((a, b) => a.line - b.line || a.column - b.column),
  );
  return source.diagnostics.some(({ severity }) => severity === "error") ? undefined : value;
}

function scenarioOf(text: ScenarioText, source: Source, book: Book): Scenario {
  let isWhole = true;
  const include: IncludeReader = (inner, path) => {
    const scenario = path === "" ? undefined : readIncluded(inner, path, book);
    isWhole &&= scenario !== undefined;
    return scenario;
  };
  const phases = PHASES.map((phase) => {
    const steps = (text[phase] ?? []).map((step, at) =>
      stepOf(step, [phase, at], { source, include }),
    );
    return [phase, steps] as const;
  });
  const data = dataOf(text.data, source);
  checkBase(text.base, source);
  const scenario: Scenario = {
    name: text.scenario,
    about: text.about ?? "",
    file: source.file,
    folder: book.around.folder,
    ...(text.base === undefined ? {} : { base: text.base }),
    vars: plainValues(text.vars),
    ...settingOf(text, source),
    ...(data === undefined ? {} : { data }),
    repeat: text.repeat ?? 1,
    hints: hintsOf(text.hints, ["hints"], source),
    setup: [],
    steps: [],
    reset: [],
    always: [],
    ...Object.fromEntries(phases),
    needs: [],
  };
  checkUsers(text, scenario, source);
  if (book.around.chain.length === 1) checkDescribed(scenario, source);
  const { known, exists = () => true } = book.reading;
  if (isWhole && book.around.chain.length === 1) checkFiles(text, scenario, { source, exists });
  const needs = checkLookUps(text, scenario, { source, known, isWhole });
  return { ...scenario, needs: [...needs.keys()], needsAt: Object.fromEntries(needs) };
}

function readIncluded(text: string, path: string, book: Book): Scenario | undefined {
  if (book.memo.has(path)) return book.memo.get(path);
  const folder = posix.dirname(path);
  const around: Around = {
    ...book.around,
    folder: folder === "." ? "" : folder,
    chain: [...book.around.chain, path],
  };
  const scenario = readOne(text, posix.join(book.top, path), { ...book, around });
  book.memo.set(path, scenario);
  return scenario;
}
