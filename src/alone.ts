import { mkdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { noVerdict, writeReports } from "./alone-reports.ts";
import type { AloneRequest, AloneResult, ImportRequest, ImportResult } from "./cli/command.ts";
import { createMask } from "./lib/mask.ts";
import type { Diagnostic } from "./model/diagnostic.ts";
import { Fault } from "./model/failure.ts";
import { showDiagnostics } from "./model/show-diagnostics.ts";
import type { Scenario } from "./scenario/model.ts";
import { readScenario } from "./scenario/read.ts";
import { runScenario } from "./scenario/run.ts";
import type { Verdict } from "./scenario/verdict.ts";
import { endLines, json, stepLines } from "./scenario/report/index.ts";
import { systemClock } from "./shell/clock.ts";
import { openHttp } from "./shell/http.ts";

/** Plugs one scenario together that belongs to no project: `seaworthy scenario FILE`. */

type Environment = Readonly<Record<string, string | undefined>>;

const MOST_BYTES = 1024 * 1024;
const MOST_IMPORTED = 64 * MOST_BYTES;
const SECRET_NAME = /PASS|TOKEN|SECRET|KEY/i;

/** Reads it, runs it, and draws what became of it. Fault `scenario-unreadable`, `scenario-needs`. */
export async function runAlone(
  request: AloneRequest,
  environment: Environment,
): Promise<AloneResult> {
  writeReports(request, noVerdict(request));
  const folder = path.dirname(request.file);
  const texts = new Map([[request.shown, readWhole(request.file, MOST_BYTES)]]);
  const beside = (name: string): string | undefined => {
    const file = within(folder, name);
    if (file === undefined) return undefined;
    const text = readWhole(file, MOST_IMPORTED);
    texts.set(name, text);
    return text;
  };
  const read = readScenario(texts.get(request.shown) ?? "", request.shown, {
    files: beside,
    exists: (name) => within(folder, name) !== undefined,
  });
  const sources = (file: string) => texts.get(file);
  const warnings = showDiagnostics(read.diagnostics, sources);
  if (!read.ok) {
    writeReports(request, noVerdict(request, read.diagnostics[0]));
    return { ok: false, text: warnings, diagnostics: read.diagnostics };
  }
  const verdict = await carryOut(read.value, { request, environment, folder, sources });
  writeReports(request, verdict);
  return {
    ok: true,
    outcome: verdict.outcome,
    warnings: read.diagnostics.length > 0 ? warnings : "",
    lines: endLines(verdict),
    json: json(verdict),
  };
}

interface Around {
  readonly request: AloneRequest;
  readonly environment: Environment;
  readonly folder: string;
  readonly sources: (file: string) => string | undefined;
}

async function carryOut(scenario: Scenario, around: Around): Promise<Verdict> {
  const { request, folder, sources } = around;
  const { answers, secrets } = answersFor(scenario, around);
  const mask = createMask(secrets);
  const scratch = await mkdtemp(path.join(os.tmpdir(), "seaworthy-scenario-"));
  const late = AbortSignal.timeout(request.timeoutMs);
  try {
    return await runScenario(rebased(scenario, request.base), {
      http: openHttp(),
      clock: systemClock,
      answers,
      secrets,
      scratch,
      fixture: (name) => within(folder, name),
      save: async (name, content) =>
        keep(request.keep, name, typeof content === "string" ? mask.text(content) : content),
      progress: () => undefined,
      ended: (step) => request.ended(stepLines(step, sources)),
      signal: AbortSignal.any([request.signal, late]),
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** A base that looks something up is answered; a fixed one gives way. */
function rebased(scenario: Scenario, base: string | undefined): Scenario {
  return base === undefined || scenario.base?.includes("${") ? scenario : { ...scenario, base };
}

function answersFor(scenario: Scenario, { request, environment }: Around) {
  const found: Record<string, string> = { "env.name": "alone", "run.id": "alone" };
  if (request.base !== undefined) found["env.url"] = request.base;
  const missing: string[] = [];
  const wanted = [...new Set([...scenario.needs, ...Object.keys(scenario.parameters)])];
  for (const name of wanted) {
    const value = request.given[name] ?? environment[name];
    if (value !== undefined) found[name] = value;
    else if (found[name] === undefined && scenario.parameters[name]?.default === undefined)
      missing.push(name);
  }
  const unknown = Object.keys(request.given).find((name) => !wanted.includes(name));
  if (unknown !== undefined) throw nobodyAsks(unknown, wanted, request);
  if (missing.length > 0) throw unanswered(missing, scenario, request);
  const hidden = wanted.filter((name) => SECRET_NAME.test(name) || request.secrets.includes(name));
  return { answers: found, secrets: hidden.flatMap((name) => found[name] ?? []) };
}

function unanswered(
  missing: readonly string[],
  { needsAt = {} }: Scenario,
  { shown }: AloneRequest,
): Fault {
  const places = missing.flatMap((name) => {
    const at = needsAt[name]?.at;
    return at === undefined || name === "env.url" ? [] : [`\${${name}} at ${at.file}:${at.line}`];
  });
  const meant = missing.flatMap((name) => {
    const known = needsAt[name]?.meant;
    return known === undefined
      ? []
      : [`Did you mean \${${known}}${missing.length > 1 ? ` by \${${name}}` : ""}?`];
  });
  const given = missing.filter((name) => name !== "env.url");
  const url = "Say where the application answers: --base https://staging.example.com";
  const give = `NAME=VALUE, or set an environment variable: ${given.join(", ")}.`;
  return new Fault({
    code: "scenario-needs",
    what: `${shown} looks up ${missing.map((name) => `\${${name}}`).join(", ")}, and nobody answers.`,
    fix: [
      ...meant,
      ...(given.length < missing.length ? [url] : []),
      ...(given.length === 0 ? [] : [meant.length > 0 ? `If not, give ${give}` : `Give ${give}`]),
    ].join(" "),
    ...(places.length > 0 ? { detail: places.join("\n") } : {}),
  });
}

function nobodyAsks(name: string, wanted: readonly string[], { shown }: AloneRequest): Fault {
  return new Fault({
    code: "not-an-input",
    what: `${shown} looks up no \${${name}}.`,
    fix: `It looks up: ${wanted.join(", ") || "nothing"}.`,
  });
}

/** Drafts a scenario from a recording or a description. Fault `scenario-unreadable`. */
export async function importAlone({ file, shown, out }: ImportRequest): Promise<ImportResult> {
  const text = readWhole(file, MOST_IMPORTED);
  const { importScenario } = await import("./scenario/import/index.ts");
  const beside = out === undefined ? path.basename(file) : path.relative(path.dirname(out), file);
  const read = importScenario(text, shown, beside.split(path.sep).join("/"));
  if (!read.ok)
    return { ok: false, text: shownWith(read.diagnostics, text), diagnostics: read.diagnostics };
  const { notes } = read.value;
  const again = readScenario(read.value.text, shown, {
    files: (name) => (name === beside ? text : undefined),
  });
  const faults = again.diagnostics.filter(({ severity }) => severity === "error");
  const told = faults.map(({ line, what, fix }) => `Line ${line} of the draft: ${what} ${fix}`);
  return { ok: true, ...read.value, notes: [...notes, ...told] };
}

function shownWith(diagnostics: readonly Diagnostic[], text: string): string {
  return showDiagnostics(diagnostics, () => text);
}

function keep(folder: string | undefined, name: string, content: string | Uint8Array): void {
  if (folder === undefined) return;
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/** The file of this name below the folder; undefined when there is none, or a link leads out. */
function within(folder: string, name: string): string | undefined {
  try {
    const real = realpathSync(path.resolve(folder, name));
    return real.startsWith(`${realpathSync(folder)}${path.sep}`) && statSync(real).isFile()
      ? real
      : undefined;
  } catch {
    return undefined;
  }
}

function readWhole(file: string, most: number): string {
  try {
    const { size } = statSync(file);
    if (size > most) throw new Error(`it is longer than ${most} bytes`);
    return readFileSync(file, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Fault(
      {
        code: "scenario-unreadable",
        what: `${file} cannot be read: ${why}`,
        fix: "Name a file that is there and is text.",
      },
      { cause: error },
    );
  }
}
