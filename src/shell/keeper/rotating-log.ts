import fs from "node:fs";
import path from "node:path";
import type { ServiceSpec } from "../../ports/shell.ts";

/** A log cut by size: `<path>`, `<path>.1` … The oldest goes. Never fails: what can't be written is counted and said later. */
export interface RotatingLog {
  write(chunk: Uint8Array): void;
  close(): void;
}

/** Opens a log for going on where it ended. */
export function openRotatingLog({ path: file, maxBytes, files }: ServiceSpec["log"]): RotatingLog {
  let handle: number | undefined;
  let size = 0;
  let lost = 0;

  const open = () => {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    handle = fs.openSync(file, "a", 0o600);
    size = fs.fstatSync(handle).size;
  };
  const close = () => {
    if (handle !== undefined) fs.closeSync(handle);
    handle = undefined;
  };
  const append = (bytes: Uint8Array) => {
    for (let rest = bytes; rest.length > 0;) {
      if (handle === undefined) open();
      const whole = wholeLines(rest, maxBytes - size);
      const now = whole === 0 && size === 0 ? Math.max(1, maxBytes) : whole;
      if (now > 0) size += fs.writeSync(handle!, rest, 0, Math.min(now, rest.length));
      rest = rest.subarray(now);
      if (rest.length === 0) return;
      close();
      shift(file, files);
    }
  };
  const write = (chunk: Uint8Array) => {
    if (chunk.length === 0) return;
    try {
      if (lost > 0) append(Buffer.from(`\n[seaworthy: ${lost} bytes could not be written here]\n`));
      lost = 0;
      append(chunk);
    } catch {
      lost += chunk.length;
    }
  };
  return { write, close };
}

/** How many bytes go into the room that is left without cutting a line. */
function wholeLines(bytes: Uint8Array, room: number): number {
  if (bytes.length <= room) return bytes.length;
  return room <= 0 ? 0 : bytes.lastIndexOf(10, room - 1) + 1;
}

/** Makes room for a new file: each takes the next number, the last is dropped. */
function shift(file: string, files: number): void {
  for (let number = files - 1; number >= 1; number--) {
    const from = number === 1 ? file : `${file}.${number - 1}`;
    if (fs.existsSync(from)) fs.renameSync(from, `${file}.${number}`);
  }
  if (files <= 1) fs.rmSync(file, { force: true });
}
