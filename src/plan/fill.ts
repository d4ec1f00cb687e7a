import { literal, parts, type TextPart } from "../model/lookup.ts";
import type { Json } from "../model/json.ts";
import type { Remark } from "./issues.ts";
import type { Complaint, Path } from "./source.ts";

/** Who answers look-ups while a plan is made. */
export interface Names {
  readonly answers: ReadonlyMap<string, Json>;
  /** Names that will have an answer when the plan is made for real. */
  readonly open: ReadonlySet<string>;
  /** For any other name: what it is called while the plan runs, or why it must not stand here. */
  later(name: string): string | Complaint;
}

/** Where the value stands, and who answers. */
export interface Place {
  readonly path: Path;
  readonly names: Names;
}

export interface Filled {
  readonly value: Json;
  readonly remarks: readonly Remark[];
  /** Holds names that have no answer yet. */
  readonly isOpen: boolean;
}

/** Puts in every answer that is known now; names for the run stay, and answers never become look-ups themselves. */
export function fill(value: Json, place: Place): Filled {
  const remarks: Remark[] = [];
  const state = { remarks, isOpen: false };
  const filled = fillValue(value, place, state);
  return { value: filled, remarks, isOpen: state.isOpen };
}

/** The text as it reads, once nothing in it is a look-up any more. */
export function spoken(text: string): string {
  return parts(text)
    .map((part) => (part.kind === "look-up" ? `\${${part.name}}` : part.text))
    .join("");
}

/** Complaints about one value, at most: the rest would say the same. */
const MOST_REMARKS = 50;

interface State {
  readonly remarks: Remark[];
  isOpen: boolean;
}

function fillValue(value: Json, place: Place, state: State): Json {
  if (typeof value === "string")
    return value.includes("${") ? fillText(value, place, state) : value;
  if (value === null || typeof value !== "object") return value;
  const inner = (key: string | number, each: Json): Json =>
    fillValue(each, { ...place, path: [...place.path, key] }, state);
  if (isList(value)) return value.map((each, index) => inner(index, each));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, inner(key, each)]));
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function fillText(text: string, { path, names }: Place, state: State): Json {
  const found = parts(text);
  const [only] = found;
  // A text that is one look-up and nothing else takes the answer with its type.
  if (found.length === 1 && only?.kind === "look-up") {
    const answer = names.answers.get(only.name);
    if (answer !== undefined) return typeof answer === "string" ? literal(answer) : answer;
  }
  let said = "";
  let written = "";
  for (const part of found) {
    if (part.kind === "text") {
      said += part.text;
      continue;
    }
    const answer = part.kind === "look-up" ? names.answers.get(part.name) : undefined;
    if (answer !== undefined) {
      said += typeof answer === "object" ? JSON.stringify(answer) : String(answer);
      continue;
    }
    written += `${literal(said, true)}${stay(part, { path, names }, state)}`;
    said = "";
  }
  return written + literal(said);
}

/** The text of a look-up that has no answer now. */
function stay(
  part: Exclude<TextPart, { kind: "text" }>,
  { path, names }: Place,
  state: State,
): string {
  if (part.kind === "malformed") {
    complain(state, { pointer: { path, piece: part.text }, complaint: malformed(part.text) });
    return "";
  }
  const whole = `\${${part.name}}`;
  const isOpen = names.open.has(part.name);
  const later = isOpen || state.remarks.length >= MOST_REMARKS ? part.name : names.later(part.name);
  if (typeof later === "string" && !isOpen) return `\${${later}}`;
  if (typeof later !== "string")
    complain(state, { pointer: { path, piece: whole }, complaint: later });
  // Unknown names stay open: what depends on them has been complained about.
  state.isOpen = true;
  return whole;
}

function complain({ remarks }: State, remark: Remark): void {
  if (remarks.length < MOST_REMARKS) remarks.push(remark);
}

function malformed(text: string): Complaint {
  return {
    code: "bad-look-up",
    what: `${text.length > 60 ? `${text.slice(0, 60)}…` : text} is not a look-up: those are \${NAME}, with letters, digits, dots, _ and -.`,
    fix: "Correct the name, or write $${ for a literal ${.",
  };
}
