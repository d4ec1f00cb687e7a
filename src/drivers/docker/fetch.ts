import { open, rm, utimes } from "node:fs/promises";
import { Fault } from "../../model/failure.ts";
import type { Act, PartFile } from "../../ports/driver.ts";
import { bytesOf, entriesOf } from "../docker-tar.ts";
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
    await unpack(archive, { to, what: `${path} of ${part}` });
    return true;
  } finally {
    await rm(archive, { force: true });
  }
}

/** What is too large is cut, which the size in its header tells. An end of docker's own stands above that of the cut. */
const COPY = `said=$( { docker cp -L "$1" - | head -c "$2" >&3; } 2>&1 3>&4 ) 4>&1
[ -z "$said" ] || { printf '%s\\n' "$said" >&2; exit 1; }`;

async function unpack(archive: string, { to, what }: { to: string; what: string }): Promise<void> {
  await using file = await open(archive, "r");
  const { size: end } = await file.stat();
  for await (const entry of entriesOf(file, { start: 0, end })) {
    if (entry.type !== "0" || entry.size > MOST_BYTES)
      throw new Fault({
        code: "file-not-fetched",
        what:
          entry.type === "0"
            ? `${what} is larger than ${MOST_BYTES / 1_048_576} MiB.`
            : `${what} is no file.`,
        fix: "Name a single file, and let it hold less.",
      });
    await using copy = await open(to, "wx", 0o600);
    for await (const bytes of bytesOf(file, entry)) await copy.appendFile(bytes);
    await utimes(to, entry.changed, entry.changed);
    return;
  }
}
