import { basename } from "node:path";
import { Fault } from "../../../model/failure.ts";
import type { Tools } from "../tools.ts";

/** A tar that was cut at the end of a block reads well; only its own end, two blocks of zeros, says that it is whole. Fault `backup-damaged`. */
export async function refuseDamagedTar(tools: Tools, file: string, code: string): Promise<void> {
  const end = await tools.last(file, 1024);
  const isEnded = end.length === 1024 && end.every((byte) => byte === 0);
  const why = isEnded ? await unreadable(tools, file, code) : "its end is missing";
  if (why === undefined) return;
  throw new Fault({
    code: "backup-damaged",
    what: `The copy ${basename(file)} can't be read to its end: ${why}.`,
    fix: "Run it again; if it stays so, see whether the disk is full or damaged, and whether the connection holds.",
  });
}

async function unreadable(tools: Tools, file: string, code: string): Promise<string | undefined> {
  try {
    await tools.into({ argv: ["tar", "-tf", "-"] }, file, "read the copy");
    return undefined;
  } catch (error) {
    if (!(error instanceof Fault) || error.failure.code !== code) throw error;
    return error.failure.detail?.split("\n")[0] ?? "tar refuses it";
  }
}
