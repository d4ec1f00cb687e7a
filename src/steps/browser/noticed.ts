import type { Mask } from "../../lib/mask.ts";
import { compilePattern } from "../../lib/pattern.ts";
import type { Failure } from "../../model/failure.ts";
import type { Noticed } from "../../ports/browser.ts";
import type { BrowserSpec } from "./spec.ts";
import type { VisitReport } from "./visiting.ts";

/** Masked, and judged whether it counts. */
export function counted(each: Noticed, { allow }: BrowserSpec, mask: Mask) {
  const words = `${each.text} ${each.url ?? ""}`;
  const isAllowed = allow.some((pattern) => {
    const compiled = compilePattern(pattern);
    return compiled.ok && compiled.pattern.find(words) !== undefined;
  });
  const counts = !isAllowed && each.what !== "dialog" && each.what !== "popup";
  const url = each.url === undefined ? {} : { url: mask.text(each.url) };
  return { ...each, ...url, text: mask.text(each.text), counts };
}

type Counted = VisitReport["noticed"];

export function consoleErrors(noticed: Counted): Counted {
  return noticed.filter(
    ({ what, counts }) => counts && (what === "console error" || what === "page error"),
  );
}

export function failedRequests(noticed: Counted): Counted {
  return noticed.filter(
    ({ what, counts }) => counts && (what === "failed request" || what === "bad answer"),
  );
}

/** What the page said although all steps passed. */
export function noiseOf(noticed: Counted, spec: BrowserSpec): Failure | undefined {
  const errors = consoleErrors(noticed);
  const requests = failedRequests(noticed);
  const fix = "Mend the page. What is known and harmless can be let be under `allow`.";
  if (requests.length > spec.failed_requests)
    return {
      code: "page-failed-requests",
      what: `${requests.length} ${requests.length === 1 ? "request" : "requests"} of the page failed, at most ${spec.failed_requests} may: ${showNoticed(requests[0])}.`,
      fix: notReached(requests) ?? fix,
      detail: lines([...requests, ...errors]),
    };
  if (errors.length > spec.console_errors)
    return {
      code: "page-console-errors",
      what: `The page said ${errors.length} ${errors.length === 1 ? "error" : "errors"} on its console, at most ${spec.console_errors} may be: ${showNoticed(errors[0])}.`,
      fix,
      detail: lines(errors),
    };
  return undefined;
}

function notReached(requests: Counted): string | undefined {
  const blocked = requests.find(({ text }) => text.includes("ERR_NAME_NOT_RESOLVED"));
  if (blocked?.url === undefined) return undefined;
  const host = URL.canParse(blocked.url) ? new URL(blocked.url).hostname : blocked.url;
  return `If the page may go to ${host}, add it: \`hosts: [${host}]\`. Otherwise mend the page.`;
}

/** A failure with what the page said meanwhile, which often is the cause. */
export function withNoise(failure: Failure, noticed: Counted): Failure {
  const all = [...failedRequests(noticed), ...consoleErrors(noticed)];
  if (all.length === 0) return failure;
  const said = `The page also said:\n${lines(all)}`;
  return { ...failure, detail: failure.detail === undefined ? said : `${failure.detail}\n${said}` };
}

function lines(noticed: Counted): string {
  const shown = noticed.slice(0, 10).map(showNoticed);
  if (noticed.length > 10) shown.push(`… and ${noticed.length - 10} more`);
  return shown.join("\n");
}

export function showNoticed(each: Noticed | undefined): string {
  if (each === undefined) return "";
  const where = each.url === undefined || each.url === "" ? "" : ` (${each.url})`;
  return `${each.what}: ${each.text.split("\n", 1)[0]?.slice(0, 300) ?? ""}${where}`;
}
