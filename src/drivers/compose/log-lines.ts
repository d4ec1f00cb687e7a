import type { Act } from "../../ports/driver.ts";
import type { Told } from "./docker.ts";
import type { Setting } from "./setting.ts";

/** What docker puts before each line: RFC 3339 with nine digits, so that texts compare as times do. */
const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z) /;

/** Both streams of a container as one, each line with its time. docker keeps them apart, and we want them in their order. */
export function logsTold(
  { docker }: Pick<Setting, "docker">,
  { id, flags, maxBytes }: { id: string; flags: readonly string[]; maxBytes: number },
  act: Act,
): Promise<Told> {
  return docker.merged(["logs", "--timestamps", ...flags, id], act, { maxBytes });
}

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
