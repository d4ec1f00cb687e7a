/** What docker puts before each line of a log: RFC 3339 with nine digits, so that texts compare as times do. */
const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z) /;

export function timeOf(line: string): string | undefined {
  return STAMP.exec(line)?.[1];
}

export function withoutTime(line: string): string {
  return line.replace(STAMP, "");
}

/** Whole lines, each with its end; what follows the last end is left out unless it is all there is to come. */
export function linesOf(text: string): readonly string[] {
  return text.split(/(?<=\n)/);
}

/** A time as docker writes it. */
export function stampOf(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000000Z");
}

/** As many of the last lines as fit, each with its part. */
export function fitting(part: string, text: string, maxBytes: number): string {
  const lines = linesOf(text)
    .filter(Boolean)
    .map((line) => `${part} | ${withoutTime(line).trimEnd()}\n`);
  let bytes = 0;
  let first = lines.length;
  for (; first > 0; first--) {
    bytes += Buffer.byteLength(lines[first - 1] ?? "");
    if (bytes > maxBytes) break;
  }
  return lines.slice(first).join("");
}
