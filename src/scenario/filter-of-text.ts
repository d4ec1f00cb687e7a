import { createHash } from "node:crypto";
import { error, needs, shown, value } from "./found.ts";
import type { Found } from "./found.ts";
import { readJson } from "./json-read.ts";
import type { Value } from "./value.ts";

/** The filters that make something else of a text. */
const CHANGES = {
  trim: (of: string) => value(of.trim()),
  lower: (of: string) => value(of.toLowerCase()),
  upper: (of: string) => value(of.toUpperCase()),
  json: (of: string) => tried("json", of, () => readJson(of)),
  number: (of: string) => number(of),
  base64: (of: string) => tried("base64", of, () => fromBase64(of)),
  url: (of: string) => tried("url", of, () => decodeURIComponent(of.replaceAll("+", " "))),
  jwt: (of: string) => tried("jwt", of, () => payloadOf(of)),
  sha256: (of: string) => value(createHash("sha256").update(of).digest("hex")),
};

export type TextFilter = keyof typeof CHANGES;

/** Applies one of them. */
export function changed(of: Value, by: TextFilter): Found {
  return typeof of === "string" ? CHANGES[by](of) : needs(by, "a text", of);
}

function number(text: string): Found {
  const trimmed = text.trim();
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(trimmed)
    ? tried("number", text, () => readJson(trimmed))
    : error(`number cannot read ${shown(text)}`);
}

function fromBase64(text: string): string {
  const bare = text.trim().replace(/=+$/, "");
  if (!/^(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)$/.test(bare) || bare.length % 4 === 1)
    throw new SyntaxError("it is not base64");
  return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(bare, "base64"));
}

/** The claims of a JSON Web Token. Its signature is not looked at. */
function payloadOf(text: string): Value {
  const [head, payload, signature, ...more] = text.replace(/^Bearer /i, "").split(".");
  if (!head || !payload || signature === undefined || more.length > 0)
    throw new SyntaxError("a token has three parts with a dot between them");
  readJson(fromBase64(head));
  return readJson(fromBase64(payload));
}

function tried(word: string, text: string, make: () => Value): Found {
  try {
    return value(make());
  } catch (caught) {
    // Foreign text: whatever is wrong with it is what there is to say.
    if (!(caught instanceof Error)) throw caught;
    const why = caught instanceof TypeError ? "it is not text in utf-8" : caught.message;
    return error(`${word} cannot read ${shown(text)}: ${why}`);
  }
}
