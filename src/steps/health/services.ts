import type { Result } from "../../model/event.ts";
import type { Work } from "../../ports/step-kind.ts";
import { keepText } from "../kept.ts";
import { table } from "../table.ts";
import { specOf, type HealthSpec, type OneSpec } from "./spec.ts";

/** One try of one service, as the table shows it. */
interface Told {
  readonly service: string;
  readonly text: string;
  readonly isPassed: boolean;
  /** Since the beginning of the step. */
  readonly afterMs: number;
}

/** Carries a part out for each service at the same time, or for the one that is asked; all of them must pass. */
export async function forEach(
  work: Work<HealthSpec>,
  part: (work: Work<OneSpec>) => Promise<Result>,
): Promise<Result> {
  const { get, services } = work.spec;
  if (services === undefined) return part({ ...work, spec: { ...work.spec, get: get ?? "/" } });
  const began = work.clock.monotonic();
  const told: Told[] = [];
  const results = await Promise.all(
    Object.entries(services).map(async ([service, asked]) => {
      const afterMs = () => work.clock.monotonic() - began;
      const result = await part({
        ...work,
        spec: specOf(work.spec, asked),
        // The answers of several are told apart by their names.
        step: { ...work.step, save: savedAs(work, service) },
        progress: (text, more) => {
          told.push({ service, text, isPassed: more?.outcome === "passed", afterMs: afterMs() });
          work.progress(`${service}: ${text}`, more);
        },
      });
      return { service, result };
    }),
  );
  const kept = await keepText(work, "tries", showTries(told));
  return together(results, kept);
}

function savedAs({ step }: Work<HealthSpec>, service: string): Readonly<Record<string, string>> {
  const wish = step.save["response"];
  return wish === undefined ? {} : { response: wish.replace(/(\.\w+)?$/, `_${service}$1`) };
}

function showTries(told: readonly Told[]): string {
  const rows = told.map(({ service, text, isPassed, afterMs }) => [
    `${(afterMs / 1_000).toFixed(1)} s`,
    service,
    isPassed ? "✓" : "✗",
    text,
  ]);
  return table([["AFTER", "SERVICE", "", "TRY"], ...rows]);
}

const WORST = ["failed", "error", "unknown", "inconclusive", "skipped"] as const;

function together(
  results: readonly { readonly service: string; readonly result: Result }[],
  kept: NonNullable<Result["evidence"]>,
): Result {
  const worst = WORST.find((outcome) => results.some(({ result }) => result.outcome === outcome));
  const bad = results.filter(({ result }) => result.outcome !== "passed");
  const first = bad.find(({ result }) => result.outcome === worst);
  const failure = first?.result.failure;
  const tries = results.reduce((sum, { result }) => sum + (result.numbers?.["tries"] ?? 0), 0);
  const summary = `${results.length - bad.length} of ${results.length} services are well`;
  return {
    outcome: worst ?? "passed",
    summary,
    numbers: { services: results.length, well: results.length - bad.length, tries },
    evidence: [...results.flatMap(({ result }) => result.evidence ?? []), ...kept],
    warnings: results.flatMap(({ service, result }) =>
      (result.warnings ?? []).map((warning) => `${service}: ${warning}`),
    ),
    ...(failure && {
      failure: {
        ...failure,
        what: `${summary}; ${bad.map(({ service }) => service).join(", ")} ${bad.length === 1 ? "is" : "are"} not. ${failure.what}`,
      },
    }),
  };
}
