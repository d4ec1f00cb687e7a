import type { z } from "zod";
import { nearest } from "../lib/nearest.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { at, describe, keysAt } from "./schema-walk.ts";
import type { Complaint, Path, Pointer } from "./source.ts";

type Issue = z.core.$ZodIssue;

/** A complaint and the value that it is about. */
export interface Remark {
  readonly pointer: Pointer;
  readonly complaint: Complaint;
}

/** What was checked, and against what. */
export interface Checked {
  readonly schema: z.core.$ZodType;
  readonly json: Json;
}

/** Says what zod found in the words of a project file, one remark per fault. */
export function explain(issues: readonly Issue[], checked: Checked): readonly Remark[] {
  return issues.flatMap((issue) => explainOne(issue, checked));
}

function explainOne(issue: Issue, checked: Checked): readonly Remark[] {
  const path = pathOf(issue);
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({
      pointer: { path: [...path, key], key: true },
      complaint: unknownKey(key, keysAt(checked.schema, path)),
    }));
  if (issue.code === "invalid_key") {
    const fix = issue.issues[0]?.message ?? "Rename it.";
    const what = `${show(path.at(-1) ?? "")} cannot be a name here.`;
    return [{ pointer: { path, key: true }, complaint: { code: "bad-name", what, fix } }];
  }
  const value = valueAt(checked.json, path);
  const isMissing = value === undefined && issue.code !== "custom";
  if (isMissing) return [missing(path, checked)];
  if (issue.code === "invalid_union" && ownWords(issue) === undefined)
    return explainUnion(issue, checked);
  return [{ pointer: { path }, complaint: wrong(issue, { value, help: helpAt(path, checked) }) }];
}

/** The complaint about a key that nobody knows. */
export function unknownKey(key: string, known: readonly string[]): Complaint {
  return {
    code: "unknown-key",
    what: `"${key}" is not a key that is known here.`,
    fix: didYouMean(key, known),
  };
}

/** Among more words than this, nobody guesses. */
const MOST_WORDS = 200;

/** An order that names the nearest known word, and all of them as far as they help. */
export function didYouMean(word: string, known: readonly string[]): string {
  const all = [...new Set(known)];
  // Guessing takes time for each known word.
  const meant = all.length > MOST_WORDS ? undefined : nearest(word, all);
  if (all.length === 0) return "There is none to choose from.";
  const list = `Known: ${all.slice(0, 24).join(", ")}${all.length > 24 ? ", …" : "."}`;
  if (meant === undefined) return list;
  return all.length > 8 ? `Did you mean "${meant}"?` : `Did you mean "${meant}"? ${list}`;
}

function missing(path: Path, checked: Checked): Remark {
  const key = String(path.at(-1) ?? "value");
  const help = helpAt(path, checked);
  const complaint = {
    code: "missing-key",
    what: `"${key}" is missing here.`,
    fix: `Add \`${key}:\`. ${help}`.trim(),
  };
  return { pointer: { path: path.slice(0, -1), key: true }, complaint };
}

const TYPES: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "a map",
  record: "a map",
  null: "nothing",
};

/** What there is, and what the schema says about its place. */
interface Found {
  readonly value: Json | undefined;
  readonly help: string;
}

function wrong(issue: Issue, { value, help }: Found): Complaint {
  const own = ownWords(issue);
  if (issue.code === "custom")
    return {
      code: "wrong-value",
      what: own ?? `${show(value)} does not fit here.`,
      fix: fixOf(issue) ?? (help || "Change it."),
    };
  const { fix, ...complaint } = wrongBy(issue, { value, help });
  return { ...complaint, fix: own ?? (fix || "Change it.") };
}

function wrongBy(issue: Issue, found: Found): Complaint {
  const { value, help: fix } = found;
  if (issue.code === "invalid_type") return wrongType(issue.expected, found);
  if (issue.code === "too_small")
    return {
      code: "too-small",
      what: bound(issue.origin, value, { side: "at least", count: Number(issue.minimum) }),
      fix,
    };
  if (issue.code === "too_big")
    return {
      code: "too-big",
      what: bound(issue.origin, value, { side: "at most", count: Number(issue.maximum) }),
      fix,
    };
  if (issue.code !== "invalid_value")
    return { code: "wrong-value", what: `${show(value)} does not fit here.`, fix };
  const words = issue.values.map(String);
  const what = `${show(value)} is not one of the words that are known here.`;
  return {
    code: "wrong-value",
    what,
    fix: didYouMean(typeof value === "string" ? value : "", words),
  };
}

function wrongType(expected: string, { value, help }: Found): Complaint {
  const what = `${show(value)} is not ${TYPES[expected] ?? expected}.`;
  const isBareText =
    expected === "string" && (typeof value === "number" || typeof value === "boolean");
  const order = `Write ${TYPES[expected] ?? expected}${help === "" ? "" : `: ${help}`}`;
  return { code: "wrong-type", what, fix: isBareText ? "Put it in quotes." : sentence(order) };
}

function bound(
  origin: string,
  value: Json | undefined,
  { side, count }: { side: string; count: number },
): string {
  const limit = `${side} ${count}`;
  const isOne = count === 1;
  if (origin === "string")
    return `${show(value)} must have ${limit} ${isOne ? "character" : "characters"}.`;
  if (origin === "array" || origin === "set")
    return `The list must have ${limit} ${isOne ? "entry" : "entries"}.`;
  return `${show(value)} must be ${limit}.`;
}

/** A message that the schema's author wrote, unlike zod's own. */
function ownWords(issue: Issue): string | undefined {
  return /^(Invalid|Too |Unrecognized|Expected)/.test(issue.message)
    ? undefined
    : sentence(issue.message);
}

function fixOf(issue: Issue): string | undefined {
  const fix: unknown = issue.code === "custom" ? issue.params?.["fix"] : undefined;
  return typeof fix === "string" ? fix : undefined;
}

/** Of several forms, complains about the one that was probably meant. */
function explainUnion(
  issue: Extract<Issue, { code: "invalid_union" }>,
  checked: Checked,
): readonly Remark[] {
  const path = pathOf(issue);
  const forms = issue.errors.map((errors) =>
    errors.map((each) => ({ ...each, path: [...path, ...each.path] })),
  );
  const meant = forms
    .filter((errors) => errors.length > 0 && !errors.some((each) => isWrongForm(each, path)))
    .toSorted((a, b) => a.length - b.length)[0];
  if (meant) return explain(meant, checked);
  const wanted = forms.flatMap((errors) =>
    errors.flatMap((each) =>
      each.code === "invalid_type" ? [TYPES[each.expected] ?? each.expected] : [],
    ),
  );
  const words = [...new Set(wanted)];
  const help = helpAt(path, checked);
  const what = `${show(valueAt(checked.json, path))} does not fit here.`;
  const fix =
    words.length > 0
      ? sentence(`Write ${words.join(" or ")}${help === "" ? "" : `: ${help}`}`)
      : help;
  return [
    { pointer: { path }, complaint: { code: "wrong-value", what, fix: fix || "Change it." } },
  ];
}

/** Whether the value is not even of this form's type. */
function isWrongForm(issue: Issue, path: Path): boolean {
  if (issue.path.length > path.length) return false;
  return issue.code === "invalid_type" || issue.code === "invalid_value";
}

function helpAt(path: Path, { schema }: Checked): string {
  const said = at(schema, path).map((each) => describe(each));
  return sentence(said.find((each) => each !== undefined) ?? "");
}

function sentence(text: string): string {
  return text === "" || /[.!?…)]$/.test(text) ? text : `${text}.`;
}

function pathOf(issue: Issue): Path {
  return issue.path.map((each) => (typeof each === "number" ? each : String(each)));
}

/** The value at this path, undefined when there is none. */
export function valueAt(json: Json, path: Path): Json | undefined {
  let value: Json | undefined = json;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = entryOf(value, String(key));
  }
  return value;
}

function entryOf(value: object, key: string): Json | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a list is read like a map with numbers as keys
  return Object.hasOwn(value, key) ? (value as JsonObject)[key] : undefined;
}

/** A value as it may stand in a sentence. */
export function show(value: Json | undefined): string {
  if (value === undefined || value === null) return "Nothing";
  if (Array.isArray(value)) return "A list";
  if (typeof value === "object") return "A map";
  const text = typeof value === "string" ? `"${value}"` : String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
