import type { Answered } from "../identity.ts";

/** Takes an HTTP answer apart that was asked for on a host: head, empty line, body. Undefined when it is none. */
export function parseAnswer(text: string): Answered | undefined {
  const [, head = "", body = ""] = /^([\s\S]*?)\r?\n\r?\n([\s\S]*)$/.exec(text) ?? ["", text];
  const [first = "", ...rest] = head.split(/\r?\n/);
  const status = /^HTTP\/[\d.]+ (\d{3})/.exec(first)?.[1];
  if (status === undefined) return undefined;
  // An interim answer stands before the one that counts.
  if (status === "100") return parseAnswer(body);
  const headers = rest.flatMap((line): (readonly [string, string])[] => {
    const at = line.indexOf(":");
    return at < 1 ? [] : [[line.slice(0, at).trim(), line.slice(at + 1).trim()]];
  });
  return { status: Number(status), headers, body: new TextEncoder().encode(body.trimEnd()) };
}
