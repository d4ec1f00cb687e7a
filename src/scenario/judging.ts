import type { Answers } from "./answer.ts";
import type { OpenApi } from "./openapi.ts";
import type { Value } from "./value.ts";

/** What judging needs beside the answer. */
export interface Judging {
  readonly answers: Answers;
  /** Wall clock, for dates and certificates. Without it whatever needs it is an error. */
  readonly now?: number;
  /** The method that was asked with, for `openapi`; a redirect's own where one was followed. */
  readonly method?: string;
  /** The description that `openapi` checks against. */
  readonly openapi?: OpenApi;
}

/** An HTML element as queries see it. */
export interface HtmlElement {
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What is loaded only when something asks for it. */
export interface Tools {
  readonly html?: (text: string) => HtmlFinder;
  readonly schema?: SchemaJudge;
}

/** Finds the elements that a CSS selector matches; a selector that cannot be used gives why. */
export type HtmlFinder = (selector: string) => readonly HtmlElement[] | { readonly why: string };

/** One thing that a value has against a JSON Schema, with the place as a JSON pointer. */
export interface Violation {
  readonly at: string;
  readonly what: string;
}

export type SchemaVerdict =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly violations: readonly Violation[];
      readonly count: number;
      /** There may be more that were not counted. */
      readonly more: boolean;
    }
  | { readonly ok: "error"; readonly why: string };

/** Holds a value against a JSON Schema. */
export type SchemaJudge = (schema: Value, value: Value, dialect?: "3.0" | "3.1") => SchemaVerdict;
