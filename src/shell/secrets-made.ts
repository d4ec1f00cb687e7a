import { randomBytes, randomInt } from "node:crypto";
import { link, lstat, mkdir, readdir, unlink } from "node:fs/promises";
import path from "node:path";
import { createDurably, syncFolder } from "../lib/durable-file.ts";
import { unsafe, unusable } from "./secrets-faults.ts";
import { codeOf, readSecretFile } from "./secrets-file.ts";

const CLASSES = [
  "abcdefghijklmnopqrstuvwxyz",
  "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  "0123456789",
  "-_.~",
] as const;
const LETTERS = CLASSES.join("");
const SHORTEST_PASSWORD = 12;

/** A new value as hard to guess as this many random bytes. A password holds all four classes and nothing that needs escaping. */
export function make(form: "hex" | "base64url" | "password", bytes: number): string {
  return form === "password" ? password(bytes) : randomBytes(bytes).toString(form);
}

function password(bytes: number): string {
  const length = Math.max(SHORTEST_PASSWORD, Math.ceil((bytes * 8) / Math.log2(LETTERS.length)));
  for (;;) {
    const letters = Array.from({ length }, () => LETTERS[randomInt(LETTERS.length)] ?? "");
    if (CLASSES.every((each) => letters.some((letter) => each.includes(letter))))
      return letters.join("");
  }
}

/** What was kept under this name, if anything was. */
export async function readKept(folder: string, name: string): Promise<string | undefined> {
  if (!(await hasSafeFolder(folder))) return undefined;
  const value = await readSecretFile(name, fileOf(folder, name));
  if (value !== undefined) await removeLeftovers(folder, name);
  return value;
}

/**
 * Keeps a value unless one is kept already, and gives the one that is kept: of several who make one at the same time,
 * all go on with the first. The file appears under its name only when it is whole and on disk.
 */
export async function keepMade(folder: string, name: string, value: string): Promise<string> {
  const file = fileOf(folder, name);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if (!(await hasSafeFolder(folder))) throw new Error(`${folder} is gone`);
    await placeWhole(file, value);
    await removeLeftovers(folder, name);
    await syncFolder(folder);
    await syncFolder(path.dirname(folder));
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    const what = `Secret ${name} was made, but could not be kept in ${folder} (${codeOf(error)}).`;
    throw unusable(what, `Make ${folder} writable, or give the value in the environment.`, error);
  }
  const settled = await readSecretFile(name, file);
  if (settled === undefined) throw unusable(`${file} was removed just now.`, "Run again.");
  return settled;
}

function fileOf(folder: string, name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name))
    throw new Error(`no name for a secret: ${name}`);
  return path.join(folder, name);
}

/** A link, not a rename: it never replaces what somebody else has put there. */
async function placeWhole(file: string, value: string): Promise<void> {
  const fresh = `${file}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await createDurably(fresh, value, [path.dirname(file)]);
    await link(fresh, file);
  } catch (error) {
    // Somebody else was first (EEXIST), and may have cleared our half away already (ENOENT).
    if (codeOf(error) !== "EEXIST" && codeOf(error) !== "ENOENT") throw error;
  }
}

/** Halves of those that died, or lost the race: of no use once the file is there. */
async function removeLeftovers(folder: string, name: string): Promise<void> {
  const halves = (await readdir(folder)).filter(
    (each) => each.startsWith(`${name}.`) && each.endsWith(".tmp"),
  );
  for (const half of halves) {
    await unlink(path.join(folder, half)).catch((error: unknown) => {
      if (codeOf(error) !== "ENOENT") throw error;
    });
  }
}

async function hasSafeFolder(folder: string): Promise<boolean> {
  const stat = await lstat(folder).catch((error: unknown) => {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw unusable(
      `${folder}, where made secrets are kept, can't be opened (${code}).`,
      `Look at it: ls -ld ${folder}`,
      error,
    );
  });
  if (stat === undefined) return false;
  if (!stat.isDirectory()) {
    throw unsafe(
      `${folder}, where made secrets are kept, is not a folder.`,
      `Move it away: ${folder}`,
    );
  }
  if ((stat.mode & 0o077) !== 0) {
    throw unsafe(
      `Others can open ${folder}, where made secrets are kept.`,
      `Run: chmod 700 ${folder}`,
    );
  }
  return true;
}
