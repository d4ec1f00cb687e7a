import { rm, stat } from "node:fs/promises";
import { Fault } from "../../model/failure.ts";
import type { Act, PartFile } from "../../ports/driver.ts";
import { refusal } from "./docker.ts";
import { isFine } from "../docker-trouble.ts";
import { runningPart } from "./part.ts";
import type { Setting } from "./setting.ts";

const MOST_BYTES = 64 * 1_048_576;

// What the engine (20.10) and later clients say; their exit code is the same for everything.
const ABSENT = /could not find the file|no such container:path|no such file or directory/i;

/** Copies one file out of a running part; false when there is none. */
export async function fetch(
  setting: Setting,
  { file: { part, path }, to }: { readonly file: PartFile; readonly to: string },
  act: Act,
): Promise<boolean> {
  const { id } = await runningPart(setting, { part }, act);
  await rm(to, { recursive: true, force: true });
  const args = ["cp", "-L", `${id}:${path}`, to];
  const told = await setting.docker.look(args, act);
  if (!isFine(told)) {
    await rm(to, { recursive: true, force: true });
    if (ABSENT.test(told.tail)) return false;
    throw refusal("cp", told);
  }
  const found = await stat(to);
  if (found.isFile() && found.size <= MOST_BYTES) return true;
  await rm(to, { recursive: true, force: true });
  throw new Fault({
    code: "file-not-fetched",
    what: found.isFile()
      ? `${path} of ${part} is larger than ${MOST_BYTES / 1_048_576} MiB.`
      : `${path} of ${part} is no file.`,
    fix: "Name a single file, and let it hold less.",
  });
}
