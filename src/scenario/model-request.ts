import type { Value } from "./value.ts";

/** What is asked; every text may hold look-ups. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, Value>>;
  readonly headers: Readonly<Record<string, Value>>;
  readonly body?: Body;
  readonly basic?: Basic;
  readonly bearer?: string;
  readonly range?: Range;
  /** Name of the working file that takes the body of the answer. */
  readonly download?: string;
  /** Most bytes of an answer's body; a longer one is an error. */
  readonly most?: number;
}

export interface Basic {
  readonly user: string;
  readonly password: string;
}

/** Who asks, where a step does not say so itself. Texts may hold look-ups. */
export interface User {
  readonly basic?: Basic;
  readonly bearer?: string;
  readonly headers?: Readonly<Record<string, Value>>;
}

export type Body =
  | { readonly as: "json"; readonly value: Value }
  | { readonly as: "form"; readonly fields: Readonly<Record<string, Value>> }
  | { readonly as: "text"; readonly text: string; readonly type?: string }
  | { readonly as: "file"; readonly file: string; readonly type?: string }
  | { readonly as: "multipart"; readonly parts: readonly Part[] };

/** One part of a multipart form. */
export interface Part {
  readonly name: string;
  readonly content:
    | { readonly as: "text"; readonly text: Value }
    | { readonly as: "json"; readonly value: Value }
    | { readonly as: "file"; readonly file: string };
  /** As the server sees it; default of a file: the last part of its name. */
  readonly filename?: string;
  readonly type?: string;
}

/** Which bytes are asked for: a number, a size as text, or a look-up of one. */
export type Range =
  | { readonly from: Value; readonly to?: Value }
  | { readonly first: Value }
  | { readonly last: Value };
