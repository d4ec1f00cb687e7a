import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { endKeeper } from "./project.ts";

/** Why a disk of its own can't be had here; undefined when it can. */
export const NO_SMALL_DISK =
  process.platform !== "linux"
    ? "a small disk of its own (tmpfs) needs Linux"
    : process.getuid?.() !== 0
      ? "mounting a small disk (tmpfs) needs root"
      : canMount()
        ? undefined
        : "this machine does not let us mount a tmpfs";

/** A small disk of its own, mounted at a folder. */
export interface SmallDisk extends AsyncDisposable {
  /** Leaves so many bytes free, about. */
  fill(leave?: number): void;
  free(): void;
}

/** Mounts it where the project keeps its state; ends the project's keeper before it is taken away. */
export function mountState(project: string, megabytes: number): SmallDisk {
  const folder = path.join(project, ".seaworthy");
  mkdirSync(folder, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=700`, "tmpfs", folder]);
  const ballast = path.join(folder, "ballast");
  return {
    fill(leave = 0) {
      rmSync(ballast, { force: true });
      const { bavail, bsize } = statfsSync(folder);
      try {
        writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - leave)));
      } catch (error) {
        // Others write as well: then it is full already.
        if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
      }
    },
    free: () => rmSync(ballast, { force: true }),
    async [Symbol.asyncDispose]() {
      rmSync(ballast, { force: true });
      await endKeeper(project);
      execFileSync("umount", ["--lazy", folder]);
    },
  };
}

function canMount(): boolean {
  const folder = `/tmp/seaworthy-mount-${process.pid}`;
  try {
    mkdirSync(folder);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], { stdio: "ignore" });
    execFileSync("umount", [folder], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
