import { nearest } from "../lib/nearest.ts";
import type { TextPath } from "../lib/yaml-text.ts";
import type { ExpectSource } from "./expect-source.ts";
import type { Query } from "./query.ts";
import { COOKIE_ATTRIBUTES } from "./words.ts";

/** `sessionid`, or `sessionid[HttpOnly]`; complains about an attribute that is none. */
export function cookieQuery(
  written: string,
  path: TextPath,
  source: Pick<ExpectSource, "complain">,
): Extract<Query, { of: "cookie" }> {
  const found = /^([^[\]]*)\[([^[\]]*)\]$/.exec(written);
  if (found === null) return { of: "cookie", name: written };
  const [, name = "", word = ""] = found;
  const attribute = COOKIE_ATTRIBUTES.find((each) => each.toLowerCase() === word.toLowerCase());
  if (attribute !== undefined && name !== "") return { of: "cookie", name, attribute };
  const meant = nearest(word, COOKIE_ATTRIBUTES);
  source.complain(path, {
    code: "unknown-attribute",
    what: name === "" ? "The cookie has no name." : `"${word}" is no attribute of a cookie.`,
    fix: `${meant === undefined ? "" : `Did you mean "${meant}"? `}One of: ${COOKIE_ATTRIBUTES.join(", ")}.`,
  });
  return { of: "cookie", name: written };
}
