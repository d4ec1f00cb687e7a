import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { nameOf } from "./place.ts";
import { errorCode } from "../../lib/error-code.ts";

// From macOS's fcntl.h: open and take the lock in one step, without waiting.
const DARWIN_O_EXLOCK = 0x20;

/**
 * Makes this process the one keeper of a folder, until it dies: the kernel gives the lock back, also after kill -9.
 *
 * False when another one holds it. Node can't call flock, so it is an abstract socket on Linux (a name that goes with
 * its owner) and a lock taken by opening on macOS.
 */
export function holdLock(folder: string): Promise<boolean> {
  return process.platform === "darwin"
    ? Promise.resolve(lockFile(folder))
    : listenOnName(nameOf(folder));
}

function listenOnName(name: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = net.createServer((socket) => socket.destroy());
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(false);
      else reject(error);
    });
    server.listen(`\0${name}`, () => {
      server.unref();
      resolve(true);
    });
  });
}

function lockFile(folder: string): boolean {
  const { O_RDWR, O_CREAT, O_NONBLOCK } = fs.constants;
  try {
    // Never closed: the lock lives as long as this process.
    fs.openSync(
      path.join(folder, "keeper.lock"),
      O_RDWR | O_CREAT | O_NONBLOCK | DARWIN_O_EXLOCK,
      0o600,
    );
    return true;
  } catch (error) {
    if (errorCode(error) === "EAGAIN") return false;
    throw error;
  }
}
