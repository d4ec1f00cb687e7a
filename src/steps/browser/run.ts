import type { Result } from "../../model/event.ts";
import type { Evidence } from "../../model/evidence.ts";
import { Fault, type Failure } from "../../model/failure.ts";
import type { Work } from "../../ports/step-kind.ts";
import { addressOf } from "./act.ts";
import { keepReport } from "./keep.ts";
import { openTheVisit } from "./open.ts";
import { signIn, type SignedIn } from "./sign-in.ts";
import type { BrowserSpec } from "./spec.ts";
import { consoleErrors, failedRequests } from "./noticed.ts";
import type { VisitReport } from "./visiting.ts";
import { viewportsOf } from "./viewports.ts";

/** Makes the visit in each window, one after the other. */
export async function run(work: Work<BrowserSpec>): Promise<Result> {
  const base = baseOf(work);
  if (base === undefined) return noUrl(work);
  const began = work.clock.monotonic();
  const found = await work.browsers.find(work.spec.browser);
  work.progress(`${found.version}, ${found.path}`);
  const signed = await signedIn(work);
  if ("outcome" in signed) return signed;
  const reports: VisitReport[] = [];
  const evidence: Evidence[] = [];
  const warnings: string[] = [];
  for (const viewport of viewportsOf(work.spec)) {
    const visited = await openTheVisit(work, { base, viewport, signed });
    reports.push(visited.report);
    evidence.push(...visited.evidence);
    warnings.push(...visited.warnings);
    // A browser that can't be used in one window can't in the next.
    if (visited.report.outcome === "error") break;
  }
  const durationMs = Math.round(work.clock.monotonic() - began);
  const kept = await keepReport(work, { reports, browser: found.version, base, durationMs });
  warnings.push(...kept.warnings);
  return resultOf(reports, {
    evidence: [...kept.evidence, ...evidence],
    warnings,
    durationMs,
  });
}

/** Without a release before there is no page to look at. */
export async function prove(work: Work<BrowserSpec>): Promise<Result> {
  if (work.release !== undefined) return run(work);
  return {
    outcome: "skipped",
    summary: "There was no release before, so there is no page that the visit could prove.",
  };
}

/** Where paths are below; of a whole URL its origin. */
function baseOf({ spec, plan }: Work<BrowserSpec>): string | undefined {
  const { url } = plan.environment;
  if (/^https?:/i.test(spec.open) && URL.canParse(spec.open))
    return url !== undefined && spec.open.startsWith(url) ? url : new URL(spec.open).origin;
  return url !== undefined && URL.canParse(addressOf(url, spec.open)) ? url : undefined;
}

function noUrl({ spec, plan, step }: Work<BrowserSpec>): Result {
  return {
    outcome: "error",
    failure: {
      code: "browser-no-url",
      what: `${spec.open} is a path, and environment ${plan.environment.name} has no url that it could be below.`,
      fix: "Give the environment a `url`, or write a whole URL under `open`.",
      at: step.at,
    },
  };
}

/** A sign-in that does not pass ends the step as it ended. */
async function signedIn(work: Work<BrowserSpec>): Promise<SignedIn | Result> {
  try {
    return await signIn(work);
  } catch (error) {
    if (!(error instanceof Fault) || work.signal.aborted) throw error;
    const failure = error.failure;
    return {
      outcome: "failed",
      failure: { ...failure, what: `The sign-in did not work: ${failure.what}`, at: work.step.at },
    };
  }
}

function resultOf(
  reports: readonly VisitReport[],
  more: {
    readonly evidence: readonly Evidence[];
    readonly warnings: readonly string[];
    readonly durationMs: number;
  },
): Result {
  const { evidence, warnings } = more;
  const numbers = numbersOf(reports, more.durationMs);
  const { checks, steps } = numbers;
  const bad =
    reports.find(({ outcome }) => outcome === "error") ??
    reports.find(({ outcome }) => outcome === "failed");
  const names = reports.map(({ viewport }) => viewport.name).join(", ");
  if (bad !== undefined)
    return {
      outcome: bad.outcome,
      numbers,
      evidence,
      warnings,
      summary: `${numbers.failed} of ${reports.length} visits did not pass (${names})`,
      ...(bad.failure && { failure: named(bad, bad.failure, reports.length) }),
    };
  return {
    outcome: "passed",
    numbers,
    evidence,
    warnings,
    summary: `${checks} checks in ${steps} steps hold (${names})`,
  };
}

function numbersOf(reports: readonly VisitReport[], durationMs: number) {
  const sum = (of: (report: VisitReport) => number) =>
    reports.reduce((all, each) => all + of(each), 0);
  const checks = sum((each) => each.steps.reduce((all, step) => all + step.checks, 0));
  return {
    visits: reports.length,
    steps: sum((each) => each.steps.length),
    checks,
    samples: checks,
    failed: sum(({ outcome }) => (outcome === "passed" ? 0 : 1)),
    consoleErrors: sum(({ noticed }) => consoleErrors(noticed).length),
    failedRequests: sum(({ noticed }) => failedRequests(noticed).length),
    accessFindings: sum((each) => each.accessFindings),
    pictures: sum((each) => each.steps.filter(({ picture }) => picture).length),
    durationMs,
  };
}

function named({ viewport }: VisitReport, failure: Failure, visits: number): Failure {
  return visits === 1 ? failure : { ...failure, what: `On ${viewport.name}: ${failure.what}` };
}
