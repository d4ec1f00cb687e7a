import type { Value } from "./value.ts";

/** A description of an HTTP API (OpenAPI 3.0 or 3.1), made ready for checks. */
export interface OpenApi {
  readonly version: "3.0" | "3.1";
  readonly path: string;
  readonly document: Readonly<Record<string, Value>>;
}
