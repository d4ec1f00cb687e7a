import type { Judging, Tools } from "./judging.ts";
import type { Filter } from "./filter.ts";
import type { Query } from "./query.ts";

/** Everything that judging one answer goes by. */
export interface Context {
  readonly by: Judging;
  readonly tools: Tools;
}

interface Asks {
  readonly query: Query;
  readonly filters?: readonly Filter[];
  readonly expected?: unknown;
}

/** Loads what these need, and nothing else: reading HTML and JSON Schema take their time to start. */
export async function openTools(asked: readonly Asks[]): Promise<Tools> {
  const html = asked.some(({ query }) => query.of === "html");
  const schema = asked.some(({ query, expected }) => query.of === "openapi" || hasSchema(expected));
  return {
    ...(html ? { html: await (await import("./html-finder.ts")).openHtml() } : {}),
    ...(schema ? { schema: await (await import("./json-schema.ts")).openSchemas() } : {}),
  };
}

function hasSchema(expected: unknown): boolean {
  if (typeof expected !== "object" || expected === null) return false;
  return "schema" in expected || Object.values(expected).some(hasSchema);
}
