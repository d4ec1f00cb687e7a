import type { Filter } from "./filter.ts";
import { FILTER_WORDS } from "./words.ts";

/** The filters of one written map: `regex` and `group` first, then the list under `filter`. The grammar allows nothing else. */
export function filtersOf(text: {
  readonly regex?: unknown;
  readonly group?: unknown;
  readonly filter?: unknown;
}): readonly Filter[] {
  const short =
    typeof text.regex === "string" ? [filterOf({ regex: text.regex, group: text.group })] : [];
  const list: readonly unknown[] = Array.isArray(text.filter) ? text.filter : [];
  return [...short, ...list.map(filterOf)].filter((each) => each !== undefined);
}

/** One written filter; undefined: it is none. */
export function filterOf(written: unknown): Filter | undefined {
  if (typeof written === "string") {
    const by = FILTER_WORDS.find((word) => word === written);
    return by === undefined ? undefined : { by };
  }
  if (typeof written !== "object" || written === null) return undefined;
  if ("nth" in written && typeof written.nth === "number") return { by: "nth", at: written.nth };
  if ("regex" in written && typeof written.regex === "string") {
    const group =
      "group" in written && typeof written.group === "number" ? written.group : undefined;
    return { by: "regex", pattern: written.regex, ...(group === undefined ? {} : { group }) };
  }
  if ("json" in written && typeof written.json === "string")
    return { by: "path", path: written.json };
  if ("attribute" in written && typeof written.attribute === "string")
    return { by: "attribute", name: written.attribute };
  return "split" in written && typeof written.split === "string"
    ? { by: "split", on: written.split }
    : undefined;
}
