import { Fault } from "../../model/failure.ts";
import { compilePattern } from "../../lib/pattern.ts";
import type { Done } from "./element.ts";
import { numberIn } from "./judge.ts";
import type { Remembered } from "./spec.ts";
import type { Visiting } from "./visiting.ts";

const LOOK_MS = 100;
/** What was under way when a pause was asked for may still arrive. */
const SETTLE_MS = 500;

/** Reads values for later steps of the visit. */
export async function remember(
  visiting: Visiting,
  all: Readonly<Record<string, Remembered>>,
): Promise<Done> {
  for (const [name, { of, attribute, regex }] of Object.entries(all)) {
    const text = await readOne(visiting, of, attribute);
    const value = regex === undefined ? text : cut(text, regex);
    if (value === undefined)
      throw new Fault({
        code: "page-found-nothing",
        what: `${name} finds nothing: ${regex ?? ""} is not in "${text.slice(0, 100)}".`,
        fix: "Correct the pattern, or see in the picture what the page shows.",
      });
    visiting.names.set(name, value);
    note(visiting, of, numberIn(value));
  }
  return { checks: 0, said: Object.keys(all).join(", ") };
}

function cut(text: string, regex: string): string | undefined {
  const compiled = compilePattern(regex);
  const found = compiled.ok ? compiled.pattern.find(text) : undefined;
  return found?.groups["1"] ?? found?.text;
}

/** Proves that texts do not change any more: each look is a sample. */
export async function still(
  visiting: Visiting,
  all: Readonly<Record<string, number>>,
): Promise<Done> {
  const { clock, signal } = visiting.work;
  let checks = 0;
  const said: string[] = [];
  for (const [selector, forMs] of Object.entries(all)) {
    await clock.sleep(SETTLE_MS, signal);
    const first = await readOne(visiting, selector);
    const began = clock.monotonic();
    while (clock.monotonic() - began < forMs) {
      signal.throwIfAborted();
      await clock.sleep(LOOK_MS, signal);
      const now = await readOne(visiting, selector);
      checks++;
      if (now !== first)
        throw new Fault({
          code: "page-not-still",
          what: `${selector} went on from "${first.slice(0, 80)}" to "${now.slice(0, 80)}" after ${Math.round(clock.monotonic() - began)} ms; it must stand still for ${forMs / 1000} s.`,
          fix: "See why what was asked to pause goes on.",
        });
    }
    note(visiting, selector, numberIn(first));
    said.push(`"${first.slice(0, 80)}" for ${forMs / 1000} s`);
  }
  return { checks, said: said.join(", ") };
}

/** Proves that numbers become greater than they were seen last, and never smaller. */
export async function grows(
  visiting: Visiting,
  all: Readonly<Record<string, number>>,
): Promise<Done> {
  const { clock, signal } = visiting.work;
  let checks = 0;
  const said: string[] = [];
  for (const [selector, withinMs] of Object.entries(all)) {
    const from = visiting.seen.get(selector) ?? (await readNumber(visiting, selector));
    const end = clock.monotonic() + withinMs;
    for (;;) {
      signal.throwIfAborted();
      const now = await readNumber(visiting, selector);
      checks++;
      if (now < from) throw fell(selector, from, now);
      if (now > from) {
        note(visiting, selector, now);
        said.push(`from ${from} to ${now}`);
        break;
      }
      if (clock.monotonic() >= end)
        throw new Fault({
          code: "page-not-growing",
          what: `${selector} stays at ${from}; it must grow within ${withinMs / 1000} s.`,
          fix: "See why it does not go on.",
        });
      await clock.sleep(LOOK_MS, signal);
    }
  }
  return { checks, said: said.join(", ") };
}

function fell(selector: string, from: number, now: number): Fault {
  return new Fault({
    code: "page-fell-back",
    what: `${selector} fell from ${from} to ${now}: it began again instead of going on.`,
    fix: "See why it does not go on where it stopped: the server's Range, or what the page keeps.",
  });
}

function note({ seen }: Visiting, selector: string, number: number | undefined): void {
  if (number !== undefined) seen.set(selector, number);
}

async function readNumber(visiting: Visiting, selector: string): Promise<number> {
  const text = await readOne(visiting, selector);
  const number = numberIn(text);
  if (number !== undefined) return number;
  throw new Fault({
    code: "page-found-nothing",
    what: `${selector} holds no number: "${text.slice(0, 100)}".`,
    fix: "Name the element that shows how far it is.",
  });
}

/** The text, or what stands in the field, of the one element that is meant. */
async function readOne({ page }: Visiting, selector: string, attribute?: string): Promise<string> {
  const found = await page.look(selector, attribute === undefined ? {} : { attribute });
  const [only] = found;
  if (only === undefined || found.length > 1)
    throw new Fault({
      code: only === undefined ? "page-no-element" : "page-several-elements",
      what: `${selector} finds ${only === undefined ? "nothing" : `${found.length} elements, and only one can be meant`}.`,
      fix: "Correct the selector, or see in the picture what the page shows.",
    });
  if (attribute !== undefined) return only.attribute ?? "";
  return only.text === "" ? (only.value ?? "") : only.text;
}
