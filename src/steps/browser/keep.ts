import type { Evidence } from "../../model/evidence.ts";
import type { Work } from "../../ports/step-kind.ts";
import { reportPage, type ReportOf } from "./report.ts";
import type { BrowserSpec } from "./spec.ts";
import type { VisitReport } from "./visiting.ts";

/** Keeps every picture as a file, and one page with all of them. */
export async function keepReport(
  work: Work<BrowserSpec>,
  of: Omit<ReportOf, "run" | "step">,
): Promise<{ readonly evidence: readonly Evidence[]; readonly warnings: readonly string[] }> {
  const { artifacts, step, run } = work;
  const evidence: Evidence[] = [];
  const folder = step.save["pictures"];
  for (const { name, picture } of folder === undefined ? [] : picturesIn(of.reports))
    evidence.push(await artifacts.save(`${folder}/${name}.png`, picture));
  const wish = step.save["report"];
  if (wish === undefined) return { evidence, warnings: [] };
  const { text, leftOut } = reportPage({ ...of, run: run.id, step: step.id });
  evidence.unshift(await artifacts.save(wish, text));
  const warnings =
    leftOut > 0 ? [`${leftOut} pictures are too many for ${wish}; they are kept as files.`] : [];
  return { evidence, warnings };
}

function picturesIn(reports: readonly VisitReport[]) {
  return reports.flatMap(({ viewport, steps }) =>
    steps.flatMap(({ picture, label }) =>
      picture === undefined ? [] : [{ name: `${viewport.name}-${label}`, picture }],
    ),
  );
}
