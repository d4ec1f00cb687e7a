import { readFileSync } from "node:fs";
import type { Diagnostic } from "../../src/model/diagnostic.ts";
import { showDiagnostics } from "../../src/model/show-diagnostics.ts";
import { checkProject } from "../../src/plan/check-project.ts";
import { makePlan } from "../../src/plan/make-plan.ts";
import { read } from "./fake-project.ts";
import { mutate } from "./mutate.ts";

const good = readFileSync(new URL("../golden/good.seaworthy.yaml", import.meta.url), "utf8");

/** Where chance comes from. */
interface Random {
  below(limit: number): number;
}

/** What became of many broken project files. */
export interface Fuzzed {
  readonly plans: number;
  readonly refused: number;
  /** Texts whose reading threw, or said neither plan nor fault, or pointed outside of the text. */
  readonly broken: readonly string[];
  readonly slowestMs: number;
  readonly perSecond: number;
}

/** Reads so many broken copies of a good project file, and makes what plans can be made. */
export function fuzzPlans(count: number, random: Random): Fuzzed {
  const result = { plans: 0, refused: 0, slowestMs: 0 };
  const broken: string[] = [];
  const begun = performance.now();
  for (let index = 0; index < count; index++) {
    const text = mutate(good, (limit) => random.below(limit));
    const started = performance.now();
    try {
      const { plans, diagnostics } = tryOne(text);
      if (plans > 0) result.plans += 1;
      else result.refused += 1;
      if (plans === 0 && diagnostics.length === 0)
        broken.push(`neither a plan nor a fault:\n${text}`);
      if (diagnostics.some((each) => !pointsInto(text, each)))
        broken.push(`points outside:\n${text}`);
      showDiagnostics(diagnostics, () => text);
    } catch (error) {
      broken.push(`${String(error)}\n${text}`);
    }
    result.slowestMs = Math.max(result.slowestMs, performance.now() - started);
  }
  return {
    ...result,
    broken,
    perSecond: Math.round((count / (performance.now() - begun)) * 1_000),
  };
}

function tryOne(text: string): { plans: number; diagnostics: readonly Diagnostic[] } {
  const project = read(text, { "smoke.scenario.yaml": "get: ${TAG}" });
  if (!project.ok) return { plans: 0, diagnostics: project.diagnostics };
  const diagnostics = [...project.diagnostics, ...checkProject(project.value)];
  const { plans, environments } = project.value;
  const [environment = ""] = environments.keys();
  const made = [...plans.keys()].map((plan) =>
    makePlan(project.value, { plan, environment, inputs: { DATABASE_URL: "x" } }),
  );
  const fine = made.filter((each) => each.ok);
  for (const plan of fine) JSON.stringify(plan);
  return {
    plans: fine.length,
    diagnostics: [...diagnostics, ...made.flatMap((each) => each.diagnostics)],
  };
}

function pointsInto(text: string, { line, column, length }: Diagnostic): boolean {
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  const shown = lines[line - 1];
  return shown !== undefined && column >= 1 && column <= shown.length + 1 && length >= 1;
}
