import { readFile } from "node:fs/promises";
import { createMask } from "../../lib/mask.ts";
import type { Evidence } from "../../model/evidence.ts";
import { Fault } from "../../model/failure.ts";
import type { BrowserOptions } from "../../ports/browser.ts";
import type { Work } from "../../ports/step-kind.ts";
import type { SignedIn } from "./sign-in.ts";
import type { BrowserSpec } from "./spec.ts";
import { visit } from "./visit.ts";
import type { NamedViewport, VisitReport, Visiting } from "./visiting.ts";

/** Everything that came of one visit. */
export interface Visited {
  readonly report: VisitReport;
  readonly evidence: readonly Evidence[];
  readonly warnings: readonly string[];
}

interface Opening {
  readonly base: string;
  readonly viewport: NamedViewport;
  readonly signed: SignedIn;
}

const MOST_KEPT_BYTES = 64 * 1024 * 1024;

/** Opens the browser, makes the visit, and leaves no browser behind. */
export async function openTheVisit(work: Work<BrowserSpec>, opening: Opening): Promise<Visited> {
  const { base, viewport, signed } = opening;
  const hidden = [...Object.values(work.secrets), ...signed.secrets];
  const evidence: Evidence[] = [];
  const warnings: string[] = [];
  const isTraced = work.spec.trace === "failure" && hidden.length === 0 && !work.spec.sign_in;
  await using opened = await work.browsers.open(optionsOf(work, opening, { hidden, isTraced }));
  const visiting: Visiting = {
    work,
    base,
    page: opened.page,
    mask: createMask(hidden),
    names: new Map(signed.names),
    seen: new Map(),
    found: { accessFindings: 0 },
    keep: async (name, file) => {
      const bytes = await readFile(file);
      if (bytes.length <= MOST_KEPT_BYTES) evidence.push(await work.artifacts.save(name, bytes));
      else warnings.push(`${name} is longer than ${MOST_KEPT_BYTES} bytes and was not kept.`);
    },
  };
  const report = await visit(visiting, viewport);
  const wish = work.step.save["trace"];
  if (report.outcome !== "passed" && wish !== undefined && work.spec.trace === "failure") {
    const trace = isTraced ? await opened.trace() : undefined;
    if (trace !== undefined) evidence.push(await work.artifacts.save(wish, trace));
    else warnings.push(noTrace(isTraced));
  }
  return { report, evidence, warnings };
}

function noTrace(isTraced: boolean): string {
  return isTraced
    ? "The trace of the failed visit could not be written."
    : "No trace is kept: everything that is typed and sent would stand in it, and this visit has secrets.";
}

function optionsOf(
  { spec, signal }: Work<BrowserSpec>,
  { base, viewport, signed }: Opening,
  { hidden, isTraced }: { readonly hidden: readonly string[]; readonly isTraced: boolean },
): BrowserOptions {
  const { origin, hostname } = new URL(base);
  return {
    ...(spec.browser === undefined ? {} : { named: spec.browser }),
    viewport: { width: viewport.width, height: viewport.height, touch: viewport.touch },
    cookies: signed.cookies,
    storage: { origin, items: signed.storage },
    ...(spec.basic && { basic: { origin, ...spec.basic } }),
    ...(spec.hosts === "any"
      ? {}
      : { hosts: [...new Set([hostname, ...spec.hosts, ...hostsIn(spec)])] }),
    trustAnyCertificate: spec.any_certificate !== undefined,
    trace: isTraced,
    hidden,
    timeoutMs: spec.patience,
    signal,
  };
}

/** What the plan opens by its whole URL is named by it. */
function hostsIn({ open, steps }: BrowserSpec): readonly string[] {
  return [open, ...steps.map((step) => step.open ?? "")].flatMap((each) => {
    if (!/^https?:/i.test(each)) return [];
    if (URL.canParse(each)) return [new URL(each).hostname];
    throw new Fault({
      code: "browser-no-url",
      what: `${each} is not a URL.`,
      fix: "Correct it under `open`.",
    });
  });
}
