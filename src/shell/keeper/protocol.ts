import type { Failure } from "../../model/failure.ts";
import type { OutputFile, ServiceSpec } from "../../ports/shell.ts";
import type { Launch } from "../launch.ts";

/** Grows when an older keeper would misunderstand a newer client. */
export const PROTOCOL = 1;

/** Who may ask: a keeper that has seen a higher number in the same scope refuses. */
export interface Fence {
  readonly scope: string;
  readonly number: number;
}

interface Writing {
  readonly fence?: Fence | undefined;
  /** Values to mask; held in memory only. */
  readonly secrets: readonly string[];
}

export interface RunRequest extends Writing {
  readonly do: "run";
  readonly key: string;
  readonly command: Launch;
  readonly timeoutMs: number;
  readonly output?: OutputFile | undefined;
  /** Not to be started any more; what runs already is ended. */
  readonly cancelled: boolean;
}

export interface StartServiceRequest extends Writing {
  readonly do: "start service";
  readonly name: string;
  readonly spec: Omit<ServiceSpec, "command"> & { readonly command: Launch };
}

/** What a client asks of its keeper. */
export type Request =
  | RunRequest
  | StartServiceRequest
  | (Writing & { readonly do: "stop service"; readonly name: string })
  | { readonly do: "read receipt"; readonly key: string }
  | { readonly do: "list services" };

/** One line to the keeper. */
export type Line =
  | { readonly protocol: number; readonly id: number; readonly request: Request }
  | { readonly protocol: number; readonly id: number; readonly cancel: true };

/** One line back. */
export type Reply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: Failure }
  | { readonly id: number; readonly mistake: string };

/** The longest line: a command's stdin may be a large script, not a data set. */
export const MAX_LINE_BYTES = 32 * 1024 * 1024;

/** Cuts a stream of bytes into lines and hands each over parsed. Returns false when a line is too long or no JSON. */
export function lineReader(take: (line: unknown) => void): (chunk: Buffer) => boolean {
  let parts: Buffer[] = [];
  let length = 0;
  const read = (chunk: Buffer) => {
    let rest = chunk;
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      take(JSON.parse(Buffer.concat([...parts, rest.subarray(0, end)]).toString("utf8")));
      parts = [];
      length = 0;
      rest = rest.subarray(end + 1);
    }
    if (rest.length > 0) parts.push(rest);
    length += rest.length;
    return length <= MAX_LINE_BYTES;
  };
  return (chunk) => {
    try {
      return read(chunk);
    } catch (error) {
      if (error instanceof SyntaxError) return false;
      throw error;
    }
  };
}

/** The other direction. */
export function toLine(value: Line | Reply): string {
  return `${JSON.stringify(value)}\n`;
}
