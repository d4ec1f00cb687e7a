import type { Value } from "./value.ts";

const RFC_3339 =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d))?$/;
const HTTP_DATE = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

/** Milliseconds of a date: RFC 3339 with its zone, a bare day (UTC), or an HTTP date. Undefined for anything else. */
export function parseDate(value: Value): number | undefined {
  if (typeof value !== "string") return undefined;
  const found = RFC_3339.exec(value);
  if (found === null && !HTTP_DATE.test(value)) return undefined;
  const ms = Date.parse(value.replace(" ", found ? "T" : " "));
  if (Number.isNaN(ms)) return undefined;
  // Date.parse takes 30 February for 1 March.
  return found && Number(found[3]) > daysIn(Number(found[1]), Number(found[2])) ? undefined : ms;
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}
