import type { Release } from "../../model/release.ts";

/** Puts a release's words into a text: `{release}`, `{release_id}`, `{commit}`. */
export function withRelease(text: string, { id, name, commit = "" }: Release): string {
  return text
    .replaceAll("{release}", () => name)
    .replaceAll("{release_id}", () => id)
    .replaceAll("{commit}", () => commit);
}

/** A text in pieces: as it is, or a secret by its name. */
export type Pieces = readonly (string | { readonly secret: string })[];

/** Shorter values would be found in everything; such a one is seen only where it stands alone. */
const LEAST_CHARS = 4;

/** Takes the values of secrets out of a text. The longest first: one secret may be a piece of another. */
export function hide(text: string, secrets: Readonly<Record<string, string>>): Pieces {
  const [first] = Object.entries(secrets)
    .filter(([, value]) => value !== "" && isIn(value, text))
    .toSorted(([, a], [, b]) => b.length - a.length);
  if (first === undefined) return text === "" ? [] : [text];
  const [name, value] = first;
  const pieces = text.split(value).map((each) => hide(each, secrets));
  return pieces.flatMap((each, index) => (index === 0 ? each : [{ secret: name }, ...each]));
}

function isIn(value: string, text: string): boolean {
  return value.length < LEAST_CHARS ? value === text : text.includes(value);
}

/** Puts them back. */
export function reveal(pieces: Pieces, secrets: Readonly<Record<string, string>>): string {
  return pieces
    .map((each) => (typeof each === "string" ? each : (secrets[each.secret] ?? "")))
    .join("");
}
