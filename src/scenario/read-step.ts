import type { TextPath } from "../lib/yaml-text.ts";
import type { Hint } from "../model/plan.ts";
import { parts } from "../model/lookup.ts";
import type { Condition, ScenarioStep } from "./model.ts";
import { actOf, checkFileLooks } from "./read-act.ts";
import { againOf } from "./read-again.ts";
import { below } from "./read-below.ts";
import { captureOf } from "./read-capture.ts";
import { checkPattern, onKeys, readExpectations } from "./read-expect.ts";
import type { IncludeReader } from "./read-include.ts";
import type { StepText } from "./schema.ts";
import { complain, positionOf } from "./source.ts";
import type { Source } from "./source.ts";

/** One step, with a complaint for everything that cannot be meant. */
export function stepOf(
  step: StepText,
  path: TextPath,
  { source, include }: { readonly source: Source; readonly include: IncludeReader },
): ScenarioStep {
  const act = actOf(step, path, { source, include });
  checkSave(step.save, [...path, "save"], source);
  const expectations = readExpectations(step.expect ?? {}, below(source, [...path, "expect"]));
  const captures = Object.entries(step.capture ?? {}).map(([name, query]) =>
    captureOf(name, query, { source, path: [...path, "capture", name] }),
  );
  checkFileLooks(act, [...expectations, ...captures], source);
  const again = againOf(step, path, source);
  const when = whenOf(step.when, [...path, "when"], source);
  const looks = expectations.length + captures.length + (step.until === undefined ? 0 : 1);
  if (looks === 0 && act.do === "ask") checkCanFail(step, path, source);
  return {
    name: step.name,
    at: positionOf(source, path, "value"),
    ...(when === undefined ? {} : { when }),
    act,
    expectations,
    captures,
    ...(step.save === undefined
      ? {}
      : { save: typeof step.save === "string" ? { name: step.save, what: "body" } : step.save }),
    bestEffort: step.best_effort ?? false,
    ...(again === undefined ? {} : { again }),
    hints: hintsOf(step.hints, [...path, "hints"], source),
  };
}

function checkCanFail(step: StepText, path: TextPath, source: Source): void {
  if (step.best_effort === true) return;
  complain(source, [...path, step.expect === undefined ? "name" : "expect"], {
    code: "cannot-fail",
    what: `"${step.name}" expects nothing, so it cannot fail.`,
    fix: "Add `expect: { status: 200 }` or what else makes it a check.",
  });
}

function checkSave(save: StepText["save"], path: TextPath, source: Source): void {
  const name = typeof save === "string" ? save : save?.name;
  if (name === undefined || /^[\w][\w .@+-]*(\/[\w][\w .@+-]*)*$/.test(name)) return;
  complain(source, path, {
    code: "wrong-name",
    what: `"${name}" cannot be the name of an artifact.`,
    fix: "Use letters, digits, dots, dashes and slashes: login.json.",
  });
}

/** `${A}`, `${A} == x` or `${A} != x`; quotes around a side are not part of it. */
function whenOf(text: string | undefined, path: TextPath, source: Source): Condition | undefined {
  if (text === undefined) return undefined;
  if (!parts(text).some(({ kind }) => kind === "look-up"))
    complain(source, path, {
      code: "condition-asks-nothing",
      what: `"${text}" asks for no name, so it is always the same.`,
      fix: "Write ${NAME}, ${NAME} == value or ${NAME} != value.",
    });
  const found = /==|!=/.exec(text);
  if (found === null) return { left: unquoted(text), is: "set", right: "" };
  return {
    left: unquoted(text.slice(0, found.index)),
    is: found[0] === "==" ? "equal" : "different",
    right: unquoted(text.slice(found.index + 2)),
  };
}

function unquoted(text: string): string {
  const trimmed = text.trim();
  return /^(".*"|'.*')$/s.test(trimmed) && trimmed.length > 1 ? trimmed.slice(1, -1) : trimmed;
}

/** Advice, with a complaint about each pattern that is none. */
export function hintsOf(
  hints: Readonly<Record<string, string>> | undefined,
  path: TextPath,
  source: Source,
): readonly Hint[] {
  return Object.entries(hints ?? {}).map(([pattern, text]) => {
    checkPattern(pattern, [pattern], onKeys(below(source, path)));
    return { pattern, text };
  });
}
