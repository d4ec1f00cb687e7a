import { Fault } from "../../model/failure.ts";
import type { ElementAct } from "../../ports/browser.ts";
import { inside } from "../places.ts";
import { checkAccess } from "./access.ts";
import { download } from "./download.ts";
import { actOn, meant, type Done } from "./element.ts";
import { judgePage, type Judged, type Miss } from "./judge.ts";
import { grows, remember, still } from "./motion.ts";
import type { Expectations, VisitStep } from "./spec.ts";
import type { Visiting } from "./visiting.ts";

const EXPECT_MS = 2000;
const WAIT_MS = 10_000;
const LOOK_MS = 100;

/** Carries one step of a visit out. Fault `page-…` when the page is not as it must be. */
export async function perform(visiting: Visiting, step: VisitStep): Promise<Done> {
  const { open, wait, expect } = step;
  if (open !== undefined) return go(visiting, open);
  if (wait !== undefined) return until(visiting, wait, wait.within ?? WAIT_MS);
  if (expect !== undefined) return until(visiting, expect, expect.within ?? EXPECT_MS);
  if (step.download !== undefined) return download(visiting, step.download);
  if (step.remember !== undefined) return remember(visiting, step.remember);
  if (step.still !== undefined) return still(visiting, step.still);
  if (step.grows !== undefined) return grows(visiting, step.grows);
  if (step.access !== undefined) return checkAccess(visiting, step.access);
  for (const [selector, act] of actsOf(visiting, step)) await actOn(visiting, selector, act);
  return { checks: 0, said: "" };
}

async function go({ page, base, work }: Visiting, to: string): Promise<Done> {
  const { status, url } = await page.goto(addressOf(base, to));
  if (status < 400) return { checks: 1, said: `${status} ${url}` };
  throw new Fault({
    code: "page-not-loaded",
    what: `${url} answered ${status}.`,
    fix: "See in the server's log why, or correct the path.",
    at: work.step.at,
  });
}

/** `/x` is below the base, as in scenarios: a base with a path keeps it. */
export function addressOf(base: string, to: string): string {
  if (/^https?:/i.test(to)) return to;
  return `${base.replace(/\/+$/, "")}${to.startsWith("/") ? "" : "/"}${to}`;
}

/** One act for each selector. */
function list<T>(
  all: Readonly<Record<string, T>> | undefined,
  act: (value: T) => ElementAct,
): readonly (readonly [string, ElementAct])[] {
  return Object.entries(all ?? {}).map(([selector, value]) => [selector, act(value)] as const);
}

function actsOf(
  { work }: Visiting,
  { click, hover, scroll, fill, press, select, upload }: VisitStep,
): readonly (readonly [string, ElementAct])[] {
  return [
    ...(click === undefined ? [] : [[click, { do: "click" }] as const]),
    ...(hover === undefined ? [] : [[hover, { do: "hover" }] as const]),
    ...(scroll === undefined ? [] : [[scroll, { do: "scroll" }] as const]),
    ...list(fill, (text) => ({ do: "fill", text: String(text) })),
    ...list(press, (key) => ({ do: "press", key })),
    ...list(select, (text) => ({ do: "select", text: String(text) })),
    ...list(upload, (file) => ({ do: "upload", file: inside(work.project, file) })),
  ];
}

/** Looks again and again until everything is as expected, or the time is up. */
async function until(visiting: Visiting, all: Expectations, withinMs: number): Promise<Done> {
  const { work, page } = visiting;
  const end = work.clock.monotonic() + withinMs;
  for (;;) {
    const judged = await look(visiting, all);
    if (judged.misses.length === 0)
      return { checks: judged.checks, said: `${judged.checks} as expected` };
    work.signal.throwIfAborted();
    const isHopeless = judged.misses.some(({ outcome }) => outcome === "error");
    if (work.clock.monotonic() >= end || (isHopeless && withinMs <= EXPECT_MS))
      throw await notAsExpected(page, judged, withinMs);
    await work.clock.sleep(LOOK_MS, work.signal);
  }
}

async function look({ page }: Visiting, all: Expectations): Promise<Judged> {
  try {
    return await judgePage(page, all);
  } catch (error) {
    if (!(error instanceof Fault) || error.failure.code !== "page-being-replaced") throw error;
    return { checks: 0, misses: [{ outcome: "failed", what: "the page was being replaced" }] };
  }
}

async function notAsExpected(
  page: Visiting["page"],
  { misses, checks }: Judged,
  withinMs: number,
): Promise<Fault> {
  const first: Miss = misses[0] ?? { outcome: "failed", what: "something is not as expected" };
  const others = misses.length > 1 ? ` ${misses.length} of ${checks} are not as expected.` : "";
  const hint = first.nothing === undefined ? "" : await meant(page, first.nothing);
  return new Fault({
    code: "page-not-as-expected",
    what: `After ${withinMs / 1000} s ${first.what}.${others}`,
    fix: `${hint}See in the picture what the page shows, and mend the page or the expectation.`,
    ...(misses.length > 1 && { detail: misses.map(({ what }) => what).join("\n") }),
  });
}
