import { execFile } from "node:child_process";
import type { BrowserContext } from "playwright-core";
import { signalGroup } from "../group.ts";
import type { Scratch } from "./scratch.ts";

const PATIENCE_MS = 5000;
const LOOK_MS = 5000;

/** Ends the browser, by force when it does not hear, and removes all that it wrote. */
export async function endBrowser(context: BrowserContext, scratch: Scratch): Promise<void> {
  const closing = context.close().then(
    () => true,
    () => false,
  );
  const patience = Promise.withResolvers<false>();
  const timer = setTimeout(() => patience.resolve(false), PATIENCE_MS);
  const isClosed = await Promise.race([closing, patience.promise]);
  clearTimeout(timer);
  if (!isClosed) for (const pid of await processesOf(scratch)) signalGroup(pid, "SIGKILL");
  scratch.remove();
}

/** Who was started with this profile. The browser leads a process group of its own. */
function processesOf({ folder }: Scratch): Promise<readonly number[]> {
  return new Promise((resolve) => {
    const limits = { timeout: LOOK_MS, maxBuffer: 64 * 1024 * 1024 } as const;
    execFile("ps", ["-axww", "-o", "pid=,args="], limits, (_, stdout) =>
      resolve(
        stdout
          .split("\n")
          .filter((line) => line.includes(`--user-data-dir=${folder}`))
          .map((line) => Number.parseInt(line, 10))
          .filter((pid) => pid > 1),
      ),
    );
  });
}
