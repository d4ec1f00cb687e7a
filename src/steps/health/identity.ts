import type { Release } from "../../model/release.ts";
import { findIn } from "../../scenario/index.ts";
import type { Answer } from "../../scenario/index.ts";
import type { HealthSpec } from "./spec.ts";

export type Identity = Exclude<HealthSpec["identity"], "none">;

/** Whether the answer comes from this release; else as what it answers. */
export function identify(
  release: Release,
  answer: Answer,
  place: Identity,
): "right" | { readonly answersAs: string } {
  const names = namesOf(release);
  if (place === undefined)
    return isNamed(everything(answer), names) ? "right" : { answersAs: guess(answer) };
  const found = findIn(answer, place);
  if (found.found !== "value") return { answersAs: `a release without a name (${found.why})` };
  const said = (typeof found.value === "string" ? found.value : JSON.stringify(found.value)).trim();
  const isRight =
    place.body && place.regex === undefined ? isNamed(said, names) : names.includes(said);
  return isRight || isCommit(said, release)
    ? "right"
    : { answersAs: said.slice(0, 100) || "an empty name" };
}

function namesOf({ id, name, commit }: Release): readonly string[] {
  return [name, id, ...(commit === undefined ? [] : [commit])];
}

function isCommit(said: string, { commit }: Release): boolean {
  return commit !== undefined && /^[0-9a-f]{7,}$/.test(said) && commit.startsWith(said);
}

/** Whether one of the names stands in the text as a word: v1.0.0 is not in v1.0.0-rc1, nor in v1.0.01. */
function isNamed(text: string, names: readonly string[]): boolean {
  return names.some((name) => {
    for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
      const around = `${text[at - 1] ?? " "}${text[at + name.length] ?? " "}`;
      const after = text.slice(at + name.length, at + name.length + 2);
      if (!/[\w+-]/.test(around) && !/^\.\w/.test(after) && text[at - 1] !== ".") return true;
    }
    return false;
  });
}

function everything({ headers, body }: Answer): string {
  return [...headers.map(([, value]) => value), Buffer.from(body).toString()].join("\n");
}

/** What it probably calls itself, for the message alone. */
function guess(answer: Answer): string {
  for (const json of ["$.version", "$.release", "$.commit"]) {
    const found = findIn(answer, { json });
    if (found.found === "value" && typeof found.value === "string")
      return found.value.slice(0, 100);
  }
  return "a release that it does not name";
}
