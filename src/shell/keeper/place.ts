import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Fault } from "../../model/failure.ts";

/** Where the keeper of a folder listens. */
export interface Address {
  readonly socket: string;
  readonly pid: number;
}

/** The system allows 104 characters on macOS, 108 on Linux; `/sw-UID-HASH/s` needs up to 40. */
const LONGEST_TMPDIR = 60;

/** A name that stands for the folder, however it was spelled, and for this user. */
export function nameOf(folder: string): string {
  const hash = createHash("sha256").update(fs.realpathSync(folder)).digest("hex").slice(0, 16);
  return `sw-${process.getuid?.() ?? 0}-${hash}`;
}

/** Makes the keeper's own folder, empty, with a name short enough for a socket. Only for the one that holds the lock. */
export function makeRoom(folder: string): string {
  const room = path.join(shortTmpdir(), nameOf(folder));
  if (fs.existsSync(room)) checkRoom(room);
  fs.rmSync(room, { recursive: true, force: true });
  fs.mkdirSync(room, { mode: 0o700 });
  checkRoom(room);
  return room;
}

/** Tells clients where to find the keeper. */
export function announce(folder: string, address: Address): void {
  const fresh = path.join(folder, `keeper.${address.pid}.tmp`);
  fs.writeFileSync(fresh, JSON.stringify(address), { mode: 0o600 });
  fs.renameSync(fresh, path.join(folder, "keeper"));
}

/** Where the last keeper of the folder listened, whether it still lives or not. Fault `keeper-room-unsafe`. */
export function lastAddress(folder: string): Address | undefined {
  let address: Address;
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by `announce`, replaced as a whole
    address = JSON.parse(fs.readFileSync(path.join(folder, "keeper"), "utf8")) as Address;
  } catch {
    return undefined;
  }
  const room = path.dirname(address.socket);
  if (!fs.existsSync(room)) return undefined;
  checkRoom(room);
  return address;
}

/** In a folder that others may write to, somebody else could sit and listen. */
function checkRoom(room: string): void {
  const stat = fs.lstatSync(room);
  const isOurs = stat.uid === (process.getuid?.() ?? stat.uid);
  if (stat.isDirectory() && isOurs && (stat.mode & 0o077) === 0) return;
  throw new Fault({
    code: "keeper-room-unsafe",
    what: `${room} is not a folder that only this user may enter.`,
    fix: `See who made it, then remove it: rm -r ${room}`,
  });
}

function shortTmpdir(): string {
  const tmpdir = fs.realpathSync(os.tmpdir());
  return tmpdir.length <= LONGEST_TMPDIR ? tmpdir : "/tmp";
}
