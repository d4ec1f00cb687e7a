import type { Value } from "./value.ts";

/** What is asked; every text may hold look-ups. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, Value>>;
  readonly headers: Readonly<Record<string, Value>>;
  readonly body?: Body;
  readonly basic?: { readonly user: string; readonly password: string };
  readonly bearer?: string;
}

export type Body =
  | { readonly as: "json"; readonly value: Value }
  | { readonly as: "form"; readonly fields: Readonly<Record<string, Value>> }
  | { readonly as: "text"; readonly text: string };
