import { error, value } from "./filter.ts";
import type { Found } from "./filter.ts";
import type { Answer } from "./jar.ts";
import type { CookieAttribute } from "./words.ts";

const FLAGS = new Set(["httponly", "secure", "partitioned"]);
const SAME_SITE: Readonly<Record<string, string>> = { strict: "Strict", lax: "Lax", none: "None" };

/** Whether an attribute is there or not, and says nothing more. */
export function isFlag(attribute: CookieAttribute): boolean {
  return FLAGS.has(attribute.toLowerCase());
}

/**
 * An attribute of the cookie that an answer sets, as its `Set-Cookie` says it, whether a browser would keep it or not.
 * Flags are true or false; of an attribute given twice the last counts. https://httpwg.org/specs/rfc6265.html
 */
export function cookieAttribute(name: string, attribute: CookieAttribute, answer: Answer): Found {
  const lines = answer.headers
    .filter(([key]) => key.toLowerCase() === "set-cookie")
    .map(([, text]) => text.split(";").map((part) => part.trim()));
  const set = lines.findLast(([pair = ""]) => pair.split("=")[0]?.trim() === name);
  if (set === undefined) return { found: "nothing", why: `the answer sets no cookie ${name}` };
  const said = set.slice(1).findLast((part) => nameOf(part) === attribute.toLowerCase());
  if (isFlag(attribute)) return value(said !== undefined);
  if (said === undefined)
    return { found: "nothing", why: `the cookie ${name} says no ${attribute}` };
  const text = said.includes("=") ? said.slice(said.indexOf("=") + 1).trim() : "";
  return typed(attribute, text);
}

function nameOf(part: string): string {
  return (part.split("=")[0] ?? "").trim().toLowerCase();
}

function typed(attribute: CookieAttribute, text: string): Found {
  if (attribute === "SameSite") return value(SAME_SITE[text.toLowerCase()] ?? text);
  if (attribute === "Max-Age")
    return /^-?\d{1,15}$/.test(text)
      ? value(Number(text))
      : error(`its Max-Age is no number: "${text.slice(0, 40)}"`);
  if (attribute !== "Expires") return value(text);
  const ms = Date.parse(text);
  return Number.isNaN(ms)
    ? error(`its Expires is no date: "${text.slice(0, 60)}"`)
    : value(new Date(ms).toISOString());
}
