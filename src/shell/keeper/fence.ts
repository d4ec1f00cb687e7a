import { readFile } from "node:fs/promises";
import path from "node:path";
import { Fault } from "../../model/failure.ts";
import { writeDurably } from "../../lib/durable-file.ts";
import type { Fence } from "./protocol.ts";
import { errorCode } from "../../lib/error-code.ts";

/** Refuses owners that have been replaced: whoever asks with a lower number than one seen before comes too late. */
export async function openFences(folder: string) {
  const file = path.join(folder, "fences.json");
  const highest = new Map<string, number>(Object.entries(await readNumbers(file)));
  let writing: Promise<void> = Promise.resolve();

  /** Durable when it resolves. Fault `fence-stale`. */
  const check = async (fence: Fence | undefined): Promise<void> => {
    if (fence === undefined) return;
    const seen = highest.get(fence.scope) ?? 0;
    if (fence.number < seen) throw stale(fence, seen);
    if (fence.number > seen) {
      highest.set(fence.scope, fence.number);
      const text = JSON.stringify(Object.fromEntries(highest));
      writing = writing.then(() => writeDurably(file, text));
    }
    await writing;
  };
  return { check };
}

async function readNumbers(file: string): Promise<Record<string, number>> {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only `check` writes this file, and whole
    return JSON.parse(await readFile(file, "utf8")) as Record<string, number>;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return {};
    throw error;
  }
}

function stale({ scope, number }: Fence, seen: number): Fault {
  return new Fault({
    code: "fence-stale",
    what: `Owner number ${number} ${scope === "" ? "" : `of ${scope} `}has been replaced by number ${seen}.`,
    fix: "Stop this process; the newer owner goes on.",
  });
}
