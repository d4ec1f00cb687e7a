import type { HtmlElement } from "./judging.ts";
import { asText, typeName } from "./value.ts";
import type { Value } from "./value.ts";

/** What a query found: a value, nothing, or why it could not be asked at all. `many`: the value is a list of findings. */
export type Found =
  | {
      readonly found: "value";
      readonly value: Value;
      readonly many?: true;
      /** Where the value is the text of HTML elements: those elements. */
      readonly elements?: readonly HtmlElement[];
    }
  | { readonly found: "nothing"; readonly why: string; readonly many?: true }
  | { readonly found: "error"; readonly why: string };

export function value(of: Value): Found {
  return { found: "value", value: of };
}

export function error(why: string): Found {
  return { found: "error", why };
}

/** A filter or predicate got something that it has no meaning for. */
export function needs(word: string, what: string, of: Value): Found {
  return error(`${word} needs ${what}, this is ${withArticle(of)}: ${shown(of)}`);
}

/** A value in short. */
export function shown(of: Value): string {
  const text = JSON.stringify(asText(of));
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** `a text`, `an object`, `null`. */
export function withArticle(of: Value): string {
  const name = typeName(of);
  return name === "null" ? "null" : `${name === "object" ? "an" : "a"} ${name}`;
}
