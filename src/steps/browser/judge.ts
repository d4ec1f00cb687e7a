import type { ElementState, Page } from "../../ports/browser.ts";
import { judge, type Expected } from "../../scenario/predicate.ts";
import type { Found } from "../../scenario/filter.ts";
import type { Value } from "../../scenario/index.ts";
import type { ElementWish, Expectations } from "./spec.ts";

/** One thing that is not as expected. `error`: it could not be judged. */
export interface Miss {
  readonly outcome: "failed" | "error";
  /** `text of #speed is "0 B/s", expected …`. */
  readonly what: string;
  /** The selector that found nothing at all. */
  readonly nothing?: string;
}

export interface Judged {
  readonly checks: number;
  readonly misses: readonly Miss[];
}

/** Holds the page as it is now against everything that is expected of it. */
export async function judgePage(page: Page, all: Expectations): Promise<Judged> {
  const { url, title, fits, within: _, ...elements } = all;
  const judged: Judged[] = [];
  if (url !== undefined) judged.push(one("url", as(url), value(page.url())));
  if (title !== undefined) judged.push(one("title", as(title), value(await page.title())));
  if (fits !== undefined) judged.push(await judgeFit(page));
  for (const [selector, wish] of Object.entries(elements))
    judged.push(await judgeElements(page, selector, wish));
  return together(judged);
}

async function judgeFit(page: Page): Promise<Judged> {
  const { pixels, where } = await page.overflow();
  if (pixels === 0) return { checks: 1, misses: [] };
  const who = where.length > 0 ? `: ${where.join(", ")}` : "";
  const what = `the page is ${pixels} px wider than the window${who}`;
  return { checks: 1, misses: [{ outcome: "failed", what }] };
}

type Wishes = Exclude<ElementWish, string | number | boolean>;

async function judgeElements(page: Page, selector: string, wish: ElementWish): Promise<Judged> {
  const wishes: Wishes = typeof wish === "object" ? wish : { text: String(wish) };
  const found = await page.look(selector, {});
  const judged: Judged[] = [];
  if (wishes.count !== undefined)
    judged.push(one(`count of ${selector}`, as(wishes.count), value(found.length)));
  const { count: _, ...rest } = wishes;
  if (Object.keys(rest).length === 0) return together(judged);
  if (found.length === 0)
    return together([
      ...judged,
      {
        checks: Object.keys(rest).length,
        misses: [{ outcome: "failed", what: `${selector} finds nothing`, nothing: selector }],
      },
    ]);
  judged.push(...ofEach(selector, found, rest));
  for (const [name, wanted] of Object.entries(rest.attribute ?? {})) {
    const states = await page.look(selector, { attribute: name });
    const label = `attribute ${name} of ${selector}`;
    judged.push(each(label, states, (state) => [as(wanted), attributeOf(state, name)]));
  }
  for (const [name, wanted] of Object.entries(rest.style ?? {})) {
    const states = await page.look(selector, { style: name });
    const label = `style ${name} of ${selector}`;
    judged.push(each(label, states, (state) => [as(wanted), styleOf(state, name)]));
  }
  return together(judged);
}

function ofEach(
  selector: string,
  found: readonly ElementState[],
  { text, number, visible, value: field }: Wishes,
): readonly Judged[] {
  const judged: Judged[] = [];
  const add = (label: string, wanted: unknown, take: (state: ElementState) => Found) => {
    if (wanted !== undefined)
      judged.push(each(`${label} of ${selector}`, found, (state) => [as(wanted), take(state)]));
  };
  add("text", text, (state) => value(state.text));
  add("number", number, (state) => numberFound(state.text));
  add("value", field, (state) =>
    state.value === undefined ? { found: "nothing", why: "it is no field" } : value(state.value),
  );
  add("visibility", visible, (state) => value(state.isVisible));
  return judged;
}

function attributeOf({ attribute }: ElementState, name: string): Found {
  return attribute === undefined || attribute === null
    ? { found: "nothing", why: `it has no ${name}` }
    : value(attribute);
}

function styleOf({ style }: ElementState, name: string): Found {
  return style === undefined || style === ""
    ? { found: "nothing", why: `there is no property ${name}` }
    : value(style);
}

function numberFound(text: string): Found {
  const number = numberIn(text);
  return number === undefined
    ? { found: "nothing", why: `no number in "${text.slice(0, 80)}"` }
    : value(number);
}

/** The first number in a text; `1,234,567` and `1 234 567` are one number. */
export function numberIn(text: string): number | undefined {
  const found = /-?\d{1,3}(?:[,\u00A0\u202F ]\d{3})+(?!\d)(?:\.\d+)?|-?\d+(?:\.\d+)?/.exec(
    text,
  )?.[0];
  return found === undefined ? undefined : Number(found.replaceAll(/[,\u00A0\u202F ]/g, ""));
}

/** Every element must hold; the first that does not is told. */
function each(
  label: string,
  states: readonly ElementState[],
  take: (state: ElementState) => readonly [Expected, Found],
): Judged {
  if (states.length === 0)
    return { checks: 1, misses: [{ outcome: "failed", what: `${label}: it is gone` }] };
  for (const [index, state] of states.entries()) {
    const [wanted, found] = take(state);
    const many = states.length > 1 ? ` (${index + 1} of ${states.length})` : "";
    const judged = one(`${label}${many}`, wanted, found);
    if (judged.misses.length > 0) return judged;
  }
  return { checks: 1, misses: [] };
}

/** Every look-up was answered before the visit began. */
const NOBODY = { by: { answers: () => undefined }, tools: {} };

/** One value against what is expected of it, in words. */
export function one(label: string, wanted: Expected, found: Found): Judged {
  const judgement = judge(wanted, found, NOBODY);
  if (judgement.outcome === "passed") return { checks: 1, misses: [] };
  const what =
    judgement.outcome === "error"
      ? `${label} cannot be judged: ${judgement.why}`
      : `${label} is ${judgement.actual}, expected ${judgement.expected}`;
  return { checks: 1, misses: [{ outcome: judgement.outcome, what }] };
}

export function value(given: Value): Found {
  return { found: "value", value: given };
}

/** The schema calls the recursive part unknown. */
export function as(wanted: unknown): Expected {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it was parsed by that schema
  return wanted as Expected;
}

function together(judged: readonly Judged[]): Judged {
  return {
    checks: judged.reduce((sum, { checks }) => sum + checks, 0),
    misses: judged.flatMap(({ misses }) => misses),
  };
}
