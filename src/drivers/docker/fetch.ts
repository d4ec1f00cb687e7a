import { readFile, rm, utimes, writeFile } from "node:fs/promises";
import { Fault } from "../../model/failure.ts";
import type { Act, PartFile } from "../../ports/driver.ts";
import { isFine, trouble } from "../docker-trouble.ts";
import { runningPart } from "./part.ts";
import type { Setting } from "./setting.ts";

const MOST_BYTES = 64 * 1_048_576;
const BLOCK = 512;

// What the engine (20.10) and later clients say; their exit code is the same for everything.
const ABSENT = /could not find the file|no such container:path|no such file or directory/i;

/** Copies one file out of a running part, as the archive that docker makes of it; false when there is none. */
export async function fetch(
  setting: Setting,
  { file: { part, path }, to }: { readonly file: PartFile; readonly to: string },
  act: Act,
): Promise<boolean> {
  const { id, machine } = await runningPart(setting, { part }, act);
  const archive = `${to}.fetched`;
  await rm(archive, { force: true });
  await rm(to, { recursive: true, force: true });
  try {
    const most = String(MOST_BYTES + 16 * BLOCK);
    const { from } = await machine.shell.stream(
      { argv: ["sh", "-c", COPY, "sh", `${id}:${path}`, most] },
      { file: archive },
      { timeoutMs: act.timeoutMs, signal: act.signal },
    );
    if (from && !isFine(from)) {
      if (ABSENT.test(from.tail)) return false;
      throw new Fault(trouble(from, `Copying ${path} of ${part}`));
    }
    await unpack(await readFile(archive), { to, what: `${path} of ${part}` });
    return true;
  } finally {
    await rm(archive, { force: true });
  }
}

/** What is too large is cut, which the size in its header tells. An end of docker's own stands above that of the cut. */
const COPY = `said=$( { docker cp -L "$1" - | head -c "$2" >&3; } 2>&1 3>&4 ) 4>&1
[ -z "$said" ] || { printf '%s\\n' "$said" >&2; exit 1; }`;

async function unpack(archive: Buffer, { to, what }: { to: string; what: string }): Promise<void> {
  let at = 0;
  // A header of its own before the file's: longer names, finer times.
  while (kindOf(archive, at) === "x" || kindOf(archive, at) === "g")
    at += BLOCK + Math.ceil(octal(archive, at + 124, 12) / BLOCK) * BLOCK;
  const bytes = octal(archive, at + 124, 12);
  const isFile = ["0", "\0"].includes(kindOf(archive, at));
  if (!isFile || bytes > MOST_BYTES)
    throw new Fault({
      code: "file-not-fetched",
      what: isFile
        ? `${what} is larger than ${MOST_BYTES / 1_048_576} MiB.`
        : `${what} is no file.`,
      fix: "Name a single file, and let it hold less.",
    });
  await writeFile(to, archive.subarray(at + BLOCK, at + BLOCK + bytes), { mode: 0o600 });
  const changed = octal(archive, at + 136, 12);
  await utimes(to, changed, changed);
}

// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html: ustar Interchange Format
function kindOf(archive: Buffer, at: number): string {
  return String.fromCharCode(archive[at + 156] ?? 0);
}

function octal(archive: Buffer, at: number, length: number): number {
  const text = archive.subarray(at, at + length).toString("latin1");
  return Number.parseInt(text.replaceAll("\0", "").trim() || "0", 8);
}
