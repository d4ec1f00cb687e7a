import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { imagesOf } from "../../../src/drivers/compose/images/index.ts";
import { type Yard, yardOf } from "../../../src/drivers/compose/images/yard.ts";
import { options } from "../../../src/drivers/compose/options.ts";
import { settingOf } from "../../../src/drivers/compose/setting.ts";
import type { Release } from "../../../src/model/release.ts";
import type { Act } from "../../../src/ports/driver.ts";
import type { BuildOrder, Images } from "../../../src/ports/images.ts";
import { systemClock } from "../../../src/shell/clock.ts";
import { openHttp } from "../../../src/shell/http.ts";
import { openShell } from "../../../src/shell/index.ts";
import { noHosts } from "../../rig/no-hosts.ts";

const MAIN = path.resolve(import.meta.dirname, "../../../src/main.ts");

/** A stack's images on the real engine, with a checkout in a temporary folder; its images go when it is disposed. */
export interface ImageYard extends AsyncDisposable {
  readonly folder: string;
  readonly from: string;
  readonly images: Images;
  readonly yard: Yard;
  readonly said: string[];
  act(signal?: AbortSignal): Act;
  /** Writes files of the checkout. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
  order(more?: Partial<BuildOrder>): BuildOrder;
}

export function release(name: string): Release {
  return { id: `${name}+1a2b3c4`, name, commit: "1a2b3c4".padEnd(40, "0") };
}

export async function openImageYard(
  name: string,
  given: { readonly options?: object; readonly secrets?: Readonly<Record<string, string>> } = {},
): Promise<ImageYard> {
  const folder = await realpath(await mkdtemp(path.join(os.tmpdir(), "seaworthy-images-")));
  const from = path.join(folder, "checkout");
  await mkdir(path.join(folder, "state"), { recursive: true });
  await mkdir(from);
  const { secrets = {} } = given;
  const self = [process.execPath, MAIN] as const;
  const { shell, services } = openShell({
    folder: path.join(folder, "state"),
    self,
    secrets: Object.values(secrets),
    clock: systemClock,
    environment: {
      PATH: process.env["PATH"] ?? "",
      HOME: process.env["HOME"] ?? "/root",
      LANG: "C.UTF-8",
      TMPDIR: os.tmpdir(),
    },
  });
  const setting = settingOf(options.parse({ name, ...given.options }), {
    shell,
    services,
    hosts: noHosts,
    http: openHttp(),
    clock: systemClock,
    folder: path.join(folder, "target"),
    project: folder,
    environment: "lab",
    target: "stack",
    secrets,
    self,
  });
  const yard = yardOf(setting, shell);
  const said: string[] = [];
  return {
    folder,
    from,
    yard,
    said,
    images: imagesOf(yard),
    act: (signal = AbortSignal.timeout(240_000)) => ({
      signal,
      timeoutMs: 240_000,
      say: (line) => void said.push(line),
    }),
    async write(files) {
      for (const [file, text] of Object.entries(files)) {
        await mkdir(path.dirname(path.join(from, file)), { recursive: true });
        await writeFile(path.join(from, file), text);
      }
    },
    order: (more) => ({ from, isCached: true, args: {}, secrets: {}, labels: {}, ...more }),
    async [Symbol.asyncDispose]() {
      removeImages(name);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function docker(...argv: string[]): string {
  return execFileSync("docker", argv, {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();
}

/** Ids of the images that were built for a stack of this name. */
export function imagesOfStack(name: string): readonly string[] {
  const filter = `label=seaworthy.stack=${name}`;
  const ids = docker("image", "ls", "-q", "--no-trunc", "--filter", filter).split("\n");
  return [...new Set(ids.filter((id) => id !== ""))];
}

function removeImages(name: string): void {
  const ids = imagesOfStack(name);
  if (ids.length > 0) docker("image", "rm", "--force", ...ids);
}
