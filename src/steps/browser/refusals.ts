import { nearest } from "../../lib/nearest.ts";
import { parts } from "../../model/lookup.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Preparation } from "../../ports/step-kind.ts";
import { checkPattern } from "../../scenario/read-filters.ts";
import { withScenario } from "./companion.ts";
import { HTML_WORDS } from "./html-words.ts";
import { PAGE_WORDS, type BrowserSpec, type Expectations, type VisitStep } from "./spec.ts";

const CHECKS = ["wait", "expect", "download", "still", "grows", "access"] as const;

/** Reads the sign-in scenario into the spec, and refuses what can't fail or can't be meant. */
export function prepare(given: BrowserSpec, preparation: Preparation) {
  const signIn = withScenario(given, preparation);
  const spec = { ...given, ...(signIn.part && { sign_in: signIn.part }) };
  const diagnostics = [
    ...signIn.diagnostics,
    ...checkWhole(given, preparation),
    ...given.steps.flatMap((step, index) => checkStep(step, index, preparation)),
    ...checkNames(given, preparation, signIn.captures),
  ];
  return { spec, diagnostics };
}

function checkWhole(spec: BrowserSpec, to: Preparation): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const elsewhere = [spec.open, ...spec.steps.map(({ open }) => open ?? "")].find((each) =>
    /^(?!https?:)[a-z][a-z0-9+.-]*:/i.test(each),
  );
  if (elsewhere !== undefined)
    found.push(
      to.blame("open", `${elsewhere} is not opened.`, "A visit goes to http: and https: only."),
    );
  else found.push(...noPlaces(spec, to));
  if (!spec.steps.some((step) => CHECKS.some((each) => step[each] !== undefined)))
    found.push(
      to.blame(
        "steps",
        "This visit expects nothing of the page, so it cannot fail as it should.",
        `Add a step that checks: ${CHECKS.join(", ")}.`,
      ),
    );
  else if (!spec.steps.some(needsSomething))
    found.push(
      to.blame(
        "steps",
        "A blank page would pass this visit: all that it expects holds where nothing is.",
        "Add something that must be there: h1: Items.",
      ),
    );
  if (spec.viewport !== undefined && spec.viewports !== undefined)
    found.push(
      to.blame("viewport", "`viewport` and `viewports` say the same.", "Keep one of them."),
    );
  if (spec.pictures === "never" && spec.steps.some(({ picture }) => picture !== undefined))
    found.push(
      to.blame(
        "pictures",
        "A step takes a picture, and `pictures` says never.",
        "Take one of them out.",
      ),
    );
  return found;
}

/** Places that are neither below the environment's url nor a whole URL. */
function noPlaces(spec: BrowserSpec, to: Preparation): readonly Diagnostic[] {
  const places: readonly (readonly [string, string])[] = [
    ["open", spec.open],
    ...spec.steps.flatMap(({ open }, index) =>
      open === undefined ? [] : [[`steps.${index}.open`, open] as const],
    ),
  ];
  return places
    .filter(([, place]) => !/^(\/|https?:\/\/|\$\{)/i.test(place))
    .map(([key, place]) =>
      to.blame(key, `"${place}" is neither a path nor a URL.`, `Begin it with "/": /${place}`),
    );
}

/** Whether a page on which nothing is would fail at this step. */
function needsSomething(step: VisitStep): boolean {
  const { wait, expect, download, still, grows, access } = step;
  if ([download, still, grows, access].some((each) => each !== undefined)) return true;
  return Object.entries({ ...wait, ...expect }).some(([name, wish]: [string, unknown]) => {
    if (name === "within" || name === "fits") return false;
    const hasCount = typeof wish === "object" && wish !== null && "count" in wish;
    return !hasCount || PAGE_WORDS.some((word) => word === name) || !holdsForNone(wish.count);
  });
}

/** Whether this is expected of a number that may be 0. */
function holdsForNone(count: unknown): boolean {
  if (typeof count !== "object" || count === null) return count === 0;
  return Object.entries(count).every(([name, value]: [string, unknown]) => {
    if (name === "at_most" || name === "less") return true;
    if (name === "not") return !holdsForNone(value);
    if (name === "between") return Array.isArray(value) && Number(value[0]) <= 0;
    if (name === "one_of") return Array.isArray(value) && value.includes(0);
    return (name === "equals" || name === "at_least") && Number(value) <= 0;
  });
}

function checkStep(
  step: VisitStep,
  index: number,
  preparation: Preparation,
): readonly Diagnostic[] {
  const key = step.wait === undefined ? "expect" : "wait";
  const all = step[key];
  const found =
    all === undefined ? [] : checkExpectations(all, `steps.${index}.${key}`, preparation);
  const { download } = step;
  if (download?.sha256 !== undefined && !/^[0-9a-f]{64}$|\$\{/i.test(download.sha256))
    return [
      ...found,
      preparation.blame(
        `steps.${index}.download.sha256`,
        "This is no sha256: it has 64 hex digits.",
        "Take it from `sha256sum FILE`.",
      ),
    ];
  return found;
}

function checkExpectations(all: Expectations, key: string, to: Preparation): readonly Diagnostic[] {
  const names = Object.keys(all).filter((name) => name !== "within");
  if (names.length === 0)
    return [
      to.blame(
        key,
        "Nothing is expected here, so it cannot fail.",
        "Add a selector with its text.",
      ),
    ];
  return names.flatMap((name) => {
    const wish: unknown = Object.entries(all).find(([each]) => each === name)?.[1];
    const isWord = PAGE_WORDS.some((word) => word === name);
    if (!isWord && typeof wish === "object" && wish !== null && Object.keys(wish).length === 0)
      return [
        to.blame(
          key,
          `Nothing is expected of ${name}, so it cannot fail.`,
          "Add what it must be like: text, number, count, visible, value, attribute, style.",
        ),
      ];
    return [...checkWord(name, key, to), ...checkPatterns(wish, key, to)];
  });
}

/** `titel` is a selector to a browser, and finds nothing on any page. */
function checkWord(
  name: string,
  key: string,
  to: Pick<Preparation, "blame">,
): readonly Diagnostic[] {
  if (!/^[a-z][a-z0-9_]*$/i.test(name) || HTML_WORDS.has(name.toLowerCase())) return [];
  if (PAGE_WORDS.some((word) => word === name)) return [];
  const meant = nearest(name, [...PAGE_WORDS, ...HTML_WORDS]);
  return [
    to.blame(
      `${key}.${name}`,
      `"${name}" is no HTML element, and no word that is known here.`,
      `${meant === undefined ? "" : `Did you mean "${meant}"? `}Known: ${PAGE_WORDS.join(", ")}, and selectors: #id, .class, nav a, text=Words.`,
    ),
  ];
}

/** Every `matches` and `regex` below. */
function checkPatterns(
  wish: unknown,
  key: string,
  on: Pick<Preparation, "blame">,
): readonly Diagnostic[] {
  if (typeof wish !== "object" || wish === null) return [];
  return Object.entries(wish).flatMap(([name, inner]) => {
    if ((name !== "matches" && name !== "regex") || typeof inner !== "string")
      return checkPatterns(inner, key, on);
    const found: Diagnostic[] = [];
    checkPattern(inner, [], {
      at: () => ({ file: "", line: 1, column: 1 }),
      complain: (_, { what, fix }) => void found.push(on.blame(key, what, fix)),
      complainOfKey: (_, { what, fix }) => void found.push(on.blame(key, what, fix)),
    });
    return found;
  });
}

/** `${NAME}` in a step must be a name that was remembered before, or captured by the sign-in. */
function checkNames(
  spec: BrowserSpec,
  to: Preparation,
  captures: readonly string[],
): readonly Diagnostic[] {
  const known = new Set(captures);
  const unknown = (value: unknown, key: string) =>
    [...namesIn(value)]
      .filter((name) => !known.has(name))
      .map((name) => {
        const meant = nearest(name, known);
        return to.blame(
          key,
          `Nothing before this remembers or captures ${name}.`,
          meant === undefined ? "Add a `remember` step before it." : `Did you mean \${${meant}}?`,
        );
      });
  const found = [
    ...unknown(spec.open, "open"),
    ...unknown(spec.sign_in?.storage, "sign_in.storage"),
  ];
  for (const [index, step] of spec.steps.entries()) {
    found.push(...unknown(step, `steps.${index}`));
    for (const name of Object.keys(step.remember ?? {})) {
      known.add(name);
      if (to.names?.includes(name) === true)
        found.push(
          to.blame(
            `steps.${index}.remember.${name}`,
            `${name} is a name of the plan already, and \${${name}} would be the plan's.`,
            "Remember it by another name.",
          ),
        );
    }
  }
  return found;
}

/** Names that stand in the text once the plan's own look-ups are answered. */
function namesIn(value: unknown): Set<string> {
  if (typeof value === "string") {
    const said = parts(value).map((part) => (part.kind === "text" ? part.text : " "));
    const names = parts(said.join("")).flatMap((part) =>
      part.kind === "look-up" ? [part.name] : [],
    );
    return new Set(names);
  }
  if (typeof value !== "object" || value === null) return new Set();
  return new Set(Object.values(value).flatMap((each) => [...namesIn(each)]));
}
