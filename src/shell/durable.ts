import { open, rename } from "node:fs/promises";
import path from "node:path";

/** Replaces a small file so that after a power cut either the old or the new text is there, whole. */
export async function writeDurably(file: string, text: string): Promise<void> {
  const fresh = `${file}.tmp`;
  await writeAndSync(fresh, text, "w");
  await rename(fresh, file);
  await syncFolder(path.dirname(file));
}

/** Makes a small file that must not exist yet (EEXIST), durable when it resolves but for its folder's entry. */
export function createDurably(file: string, text: string): Promise<void> {
  return writeAndSync(file, text, "wx");
}

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeAndSync(file: string, text: string, flags: "w" | "wx"): Promise<void> {
  const handle = await open(file, flags, 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
