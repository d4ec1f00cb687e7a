import { open, rename } from "node:fs/promises";
import path from "node:path";

/** Replaces a small file so that after a power cut either the old or the new text is there, whole. */
export async function writeDurably(file: string, text: string): Promise<void> {
  const fresh = `${file}.tmp`;
  const handle = await open(fresh, "w", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(fresh, file);
  await syncFolder(path.dirname(file));
}

/** Makes a small file that must not exist yet (EEXIST); it and the names in the folders are durable when it resolves. */
export async function createDurably(
  file: string,
  text: string,
  folders: readonly string[],
): Promise<void> {
  const handle = await open(file, "wx", 0o600);
  try {
    await handle.writeFile(text);
    await Promise.all([handle.sync(), ...folders.map(syncFolder)]);
  } finally {
    await handle.close();
  }
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
