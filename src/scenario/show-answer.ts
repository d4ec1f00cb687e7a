import { STATUS_CODES } from "node:http";
import { showDuration } from "../lib/duration.ts";
import { decoded } from "./body-decoded.ts";
import type { Answer } from "./jar.ts";

const MOST_SHOWN = 1_000;

/** `POST http://x/login answered with status 401 Unauthorized in 12 ms`. */
export function answerLine(method: string, answer: Answer): string {
  const reason = STATUS_CODES[answer.status];
  return `${method} ${answer.url} answered with status ${answer.status}${reason ? ` ${reason}` : ""} in ${showDuration(answer.durationMs)}`;
}

/** The beginning of the body, as far as it is text. `hide` masks before anything is cut, so that no part of a secret is left. */
export function bodyExcerpt(answer: Answer, hide: (text: string) => string): string {
  if (answer.body.length === 0) return "(no body)";
  const text = textOf(answer);
  if (text === undefined) return `(${answer.bytes} bytes that are not text)`;
  const shown = hide(text);
  return shown.length > MOST_SHOWN
    ? `${shown.slice(0, MOST_SHOWN)}… (${answer.bytes} bytes in all)`
    : shown;
}

function textOf(answer: Answer): string | undefined {
  const body = readable(answer);
  try {
    // Ends on a whole character, so that a cut does not make text look like bytes.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body.subarray(0, 65_536), {
      stream: true,
    });
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}

/** With its encoding undone where that can be; a mask finds nothing in what is packed. */
function readable(answer: Answer): Uint8Array {
  const undone = decoded(answer);
  return undone.ok ? undone.body : answer.body;
}

/** Status line and headers as one reads them; cookies keep their name and lose their value. */
function headText(answer: Answer): string {
  const lines = answer.headers.map(([name, value]) =>
    name.toLowerCase() === "set-cookie"
      ? `${name}: ${value.replace(/=[^;]*/, "=***")}`
      : `${name}: ${value}`,
  );
  return [
    `HTTP ${answer.status} ${STATUS_CODES[answer.status] ?? ""}`.trimEnd(),
    ...lines,
    "",
  ].join("\n");
}

/** What `save` keeps of an answer: the body unpacked, so that it can be read and masked. */
export function savedContent(answer: Answer, what: "body" | "head" | "all"): Uint8Array {
  if (what === "body") return readable(answer);
  const head = Buffer.from(`${headText(answer)}${what === "all" ? "\n" : ""}`);
  return new Uint8Array(what === "all" ? Buffer.concat([head, readable(answer)]) : head);
}
