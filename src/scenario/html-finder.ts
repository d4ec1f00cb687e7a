import type { Tools } from "./judging.ts";

/** Makes the reader of HTML pages ready. */
export async function openHtml(): Promise<NonNullable<Tools["html"]>> {
  return () => () => ({ why: "not yet" });
}
