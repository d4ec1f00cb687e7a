import type { Answer } from "../identity.ts";

/** Reads an answer as it came over the wire; undefined when it is none. */
export function readAnswer(text: string): Answer | undefined {
  // A proxy's own answer may come before.
  const parts = /^(?:HTTP\/1\.[01] 1\d\d[^\n]*\n(?:[^\r\n][^\n]*\n)*\r?\n)*/.exec(text);
  const answer = text.slice(parts?.[0].length ?? 0);
  const end = /\r?\n\r?\n/.exec(answer);
  const head = end === null ? answer : answer.slice(0, end.index);
  const [first = "", ...lines] = head.split(/\r?\n/);
  const status = Number(/^HTTP\/[\d.]+ (\d{3})/.exec(first)?.[1]);
  if (Number.isNaN(status)) return undefined;
  const body = end === null ? "" : answer.slice(end.index + end[0].length);
  return {
    status,
    headers: lines.flatMap((line) => {
      const colon = line.indexOf(":");
      return colon < 1 ? [] : [[line.slice(0, colon), line.slice(colon + 1).trim()] as const];
    }),
    body: new TextEncoder().encode(body),
  };
}
