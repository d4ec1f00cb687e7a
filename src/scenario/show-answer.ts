import { STATUS_CODES } from "node:http";
import { showDuration } from "../lib/duration.ts";
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
  if (text === undefined) return `(${answer.body.length} bytes that are not text)`;
  const shown = hide(text);
  return shown.length > MOST_SHOWN
    ? `${shown.slice(0, MOST_SHOWN)}… (${answer.body.length} bytes in all)`
    : shown;
}

function textOf({ body }: Answer): string | undefined {
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

/** What `save` keeps of an answer. */
export function savedContent(answer: Answer, what: "body" | "head" | "all"): Uint8Array {
  if (what === "body") return answer.body;
  const head = Buffer.from(`${headText(answer)}${what === "all" ? "\n" : ""}`);
  return new Uint8Array(what === "all" ? Buffer.concat([head, answer.body]) : head);
}
