import { Fault, type Failure } from "../../model/failure.ts";
import type { Page } from "../../ports/browser.ts";
import type { Work } from "../../ports/step-kind.ts";
import { perform } from "./act.ts";
import { counted, noiseOf, withNoise } from "./noticed.ts";
import { answerStep, showStep } from "./say.ts";
import type { BrowserSpec, VisitStep } from "./spec.ts";
import type { NamedViewport, StepReport, VisitReport, Visiting } from "./visiting.ts";

/** Makes the whole visit in one window. */
export async function visit(visiting: Visiting, viewport: NamedViewport): Promise<VisitReport> {
  const { work, page, mask } = visiting;
  const { spec, clock } = work;
  const began = clock.monotonic();
  const steps: StepReport[] = [];
  const all: readonly VisitStep[] = [{ open: spec.open }, ...spec.steps];
  let failure: Failure | undefined;
  for (const [index, step] of all.entries()) {
    const { report, why } = await oneStep(visiting, step, index);
    steps.push(report);
    tell(work, viewport, { report, index, of: all.length });
    failure = why;
    if (failure !== undefined) break;
  }
  const noticed = page.noticed().map((each) => counted(each, spec, mask));
  const said = steps.at(-1)?.outcome ?? "error";
  const noise = failure === undefined ? noiseOf(noticed, spec) : undefined;
  if (failure !== undefined) failure = withNoise(failure, noticed);
  const whole = failure ?? noise;
  return {
    viewport,
    outcome: noise === undefined ? said : "failed",
    steps,
    noticed,
    accessFindings: visiting.found.accessFindings,
    durationMs: Math.round(clock.monotonic() - began),
    ...(whole && { failure: whole }),
  };
}

interface Told {
  readonly report: StepReport;
  readonly index: number;
  readonly of: number;
}

function tell(work: Work<BrowserSpec>, { name }: NamedViewport, { report, index, of }: Told): void {
  const said = report.said === "" ? "" : `: ${report.said}`;
  work.progress(`${name} ${index + 1}/${of} ${report.name}${said}`, {
    outcome: report.outcome === "passed" ? "passed" : "failed",
    numbers: { durationMs: report.durationMs, checks: report.checks },
  });
}

interface Ended {
  readonly report: StepReport;
  readonly why?: Failure;
}

async function oneStep(visiting: Visiting, written: VisitStep, index: number): Promise<Ended> {
  const { work, page, mask, names } = visiting;
  const began = work.clock.monotonic();
  const name = mask.text(showStep(written));
  const label = `${String(index + 1).padStart(2, "0")}-${written.picture ?? actOf(written)}`;
  const end = () => Math.round(work.clock.monotonic() - began);
  try {
    const { checks, said } = await perform(visiting, answerStep(written, names));
    const common = { name, label, checks, durationMs: end(), said: mask.text(said) };
    const picture = await pictureOf(work.spec, page, written.picture !== undefined);
    return { report: { ...common, outcome: "passed", ...(picture && { picture }) } };
  } catch (error) {
    work.signal.throwIfAborted();
    if (!(error instanceof Fault)) throw error;
    const why = failureOf(error.failure, visiting, { name, index });
    const said = mask.text(error.failure.what);
    return failed(visiting, why, { name, label, said, durationMs: end() });
  }
}

/** The page is not as it must be, or it could not be found out. */
async function failed(
  { work, page }: Visiting,
  why: Failure,
  common: Omit<StepReport, "checks" | "outcome">,
): Promise<Ended> {
  const isFailed = why.code.startsWith("page-");
  const picture = work.spec.pictures === "never" ? undefined : await lastPicture(page);
  const report = {
    ...common,
    checks: isFailed ? 1 : 0,
    outcome: isFailed ? ("failed" as const) : ("error" as const),
    ...(picture && { picture }),
  };
  return { report, why };
}

function actOf(step: VisitStep): string {
  return Object.entries(step).find(([, value]) => value !== undefined)?.[0] ?? "step";
}

function failureOf(
  { code, what, fix, detail }: Failure,
  { mask, work }: Visiting,
  { name, index }: { readonly name: string; readonly index: number },
): Failure {
  return {
    code,
    what: mask.text(`Step ${index + 1} "${name}": ${what}`),
    fix: mask.text(fix),
    at: work.step.at,
    ...(detail === undefined ? {} : { detail: mask.text(detail) }),
  };
}

async function pictureOf(
  { pictures }: BrowserSpec,
  page: Page,
  whole: boolean,
): Promise<Uint8Array | undefined> {
  if (pictures === "never" || (pictures === "failure" && !whole)) return undefined;
  // A picture that can't be taken is no reason to fail; that the page hangs, the next step finds out.
  return page.picture({ whole }).catch(() => undefined);
}

async function lastPicture(page: Page): Promise<Uint8Array | undefined> {
  const whole = await page.picture({ whole: true }).catch(() => undefined);
  return whole ?? page.picture({ whole: false }).catch(() => undefined);
}
