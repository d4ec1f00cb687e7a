import { Fault } from "../../model/failure.ts";
import type { AccessFinding } from "../../ports/browser.ts";
import type { Done } from "./element.ts";
import type { VisitStep } from "./spec.ts";
import type { Visiting } from "./visiting.ts";

const IMPACTS = ["minor", "moderate", "serious", "critical"] as const;

/** Holds the page against the rules of axe-core. */
export async function checkAccess(
  { page, found }: Visiting,
  wish: NonNullable<VisitStep["access"]>,
): Promise<Done> {
  const { impact, except } = typeof wish === "string" ? { impact: wish, except: [] } : wish;
  const all = (await page.access()).filter(({ rule }) => !except.includes(rule));
  const least = IMPACTS.indexOf(impact);
  const bad = all.filter((each) => IMPACTS.indexOf(each.impact) >= least);
  found.accessFindings += bad.length;
  const milder = all.length - bad.length;
  if (bad.length === 0)
    return {
      checks: 1,
      said: milder === 0 ? "nothing found" : `nothing of ${impact} impact, ${milder} milder`,
    };
  throw new Fault({
    code: "page-hard-to-use",
    what: `axe-core finds ${bad.length} of at least ${impact} impact: ${show(bad[0])}.`,
    fix: "Mend what is named below. A rule that is wrong here can be let be under `except`.",
    detail: bad.map(show).join("\n"),
  });
}

function show(finding: AccessFinding | undefined): string {
  if (finding === undefined) return "";
  const { rule, impact, help, where, count } = finding;
  const more = count > where.length ? `, and ${count - where.length} more` : "";
  return `${rule} (${impact}): ${help}, at ${where.join(", ")}${more}`;
}
