import { stripVTControlCharacters } from "node:util";
import type { Locator, Page as Tab } from "playwright-core";
import { Fault } from "../../model/failure.ts";
import type { ElementAct } from "../../ports/browser.ts";
import { within, type Ends } from "./limit.ts";

interface Acting {
  readonly selector: string;
  readonly act: ElementAct;
  readonly ms: number;
  readonly ends: Ends;
}

const COUNT_MS = 2000;

/** Does one thing to the one element that is meant. */
export async function actOn(tab: Tab, acting: Acting): Promise<void> {
  const { selector, act, ms, ends } = acting;
  const locator = tab.locator(selector);
  try {
    await within(perform(locator, act, ms), {
      ends,
      ms: ms + 2000,
      what: `${act.do} ${selector}`,
    });
  } catch (error) {
    if (error instanceof Fault || ends.signal.aborted) throw error;
    throw await explained(locator, error, acting);
  }
}

async function perform(locator: Locator, act: ElementAct, timeout: number): Promise<void> {
  switch (act.do) {
    case "click":
      return locator.click({ timeout });
    case "hover":
      return locator.hover({ timeout });
    case "scroll":
      return locator.scrollIntoViewIfNeeded({ timeout });
    case "fill":
      return locator.fill(act.text, { timeout });
    case "press":
      return locator.press(act.key, { timeout });
    case "select":
      await locator.selectOption(act.text, { timeout });
      return;
    case "upload":
      return locator.setInputFiles(act.file, { timeout });
  }
}

async function explained(
  locator: Locator,
  error: unknown,
  { selector, act, ms, ends }: Acting,
): Promise<Fault> {
  const words = error instanceof Error ? error.message : String(error);
  const bad = badSelector(selector, words);
  if (bad) return bad;
  const count = await within(locator.count(), { ends, ms: COUNT_MS, what: `count ${selector}` });
  if (count === 0)
    return new Fault({
      code: "page-no-element",
      what: `${selector} finds nothing to ${act.do} within ${ms / 1000} s.`,
      fix: "Correct the selector, or see in the picture why the page does not show it.",
    });
  if (count > 1)
    return new Fault({
      code: "page-several-elements",
      what: `${selector} finds ${count} elements, and only one can be meant to ${act.do}.`,
      fix: `Say which: an id, a longer selector, or "${selector} >> nth=0".`,
    });
  const why = reasonIn(words);
  return new Fault({
    code: "page-element-unusable",
    what: `${selector} could not be used (${act.do}) within ${ms / 1000} s${why ? `: ${why}` : ""}.`,
    fix: "See in the picture what covers, hides or disables it.",
  });
}

/** Of what was tried again and again, the last reason. */
function reasonIn(words: string): string | undefined {
  const reasons = stripVTControlCharacters(words)
    .split("\n")
    .map((line) => line.replace(/^[\s-]*(?:\d+ × )?/, "").trim())
    .filter((line) =>
      /^element is (?:not|outside)|intercepts pointer events|did not find some options|^element was detached|not an? <|Malformed value|no such file|ENOENT/i.test(
        line,
      ),
    );
  return reasons.at(-1)?.slice(0, 300);
}

/** A selector that nobody can read is a fault of the plan, not of the page. */
export function badSelector(selector: string, words: string): Fault | undefined {
  if (
    !/is not a valid selector|Unexpected token|while parsing|Unknown engine|Unsupported token/i.test(
      words,
    )
  )
    return undefined;
  return new Fault({
    code: "browser-bad-selector",
    what: `${selector} is not a selector.`,
    fix: "Write CSS (#id, .class, nav a), text=Words, or role=button[name=Words].",
  });
}
