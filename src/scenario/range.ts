import { parseSize } from "../lib/size.ts";
import type { Answers } from "./answer.ts";
import { known, Unbuildable } from "./build-text.ts";
import type { Range } from "./model-request.ts";
import { asText } from "./value.ts";
import type { Value } from "./value.ts";

/** The value of a `Range` header. https://www.rfc-editor.org/rfc/rfc9110#section-14.2 */
export function rangeHeader(range: Range, answers: Answers): string {
  const bytes = (value: Value) => bytesOf(known(value, answers));
  if ("last" in range) return `bytes=-${atLeastOne(bytes(range.last))}`;
  if ("first" in range) return `bytes=0-${atLeastOne(bytes(range.first)) - 1}`;
  const from = bytes(range.from);
  if (range.to === undefined) return `bytes=${from}-`;
  const to = bytes(range.to);
  if (to < from) throw new Unbuildable(`the range from ${from} to ${to} holds nothing`);
  return `bytes=${from}-${to}`;
}

/** A whole number of bytes: 5242880, "5242880" or 5MiB. */
function bytesOf(value: Value): number {
  const said = asText(value);
  const bytes = /^\d{1,15}$/.test(said) ? Number(said) : parseSize(said);
  if (bytes === undefined) throw new Unbuildable(`"${said}" is not a number of bytes`);
  return bytes;
}

function atLeastOne(bytes: number): number {
  if (bytes === 0) throw new Unbuildable("a range of no bytes cannot be asked for");
  return bytes;
}
