import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import type { BrowserContext, Download, Page } from "playwright-core";
import { Fault } from "../../model/failure.ts";
import type { Downloaded } from "../../ports/browser.ts";
import { within, type Ends } from "./limit.ts";
import type { Scratch } from "./scratch.ts";

/** The downloads of a visit, in the order in which they began. */
export interface Downloads {
  next(limits: { readonly timeoutMs: number; readonly mostBytes: number }): Promise<Downloaded>;
}

const LOOK_MS = 250;

/** Catches every download, whichever page begins it. */
export function catchDownloads(
  context: BrowserContext,
  { main, ends, scratch }: { readonly main: Page; readonly ends: Ends; readonly scratch: Scratch },
): Downloads {
  const begun: Download[] = [];
  const waiting: ((download: Download) => void)[] = [];
  const take = (download: Download) => {
    const next = waiting.shift();
    if (next) next(download);
    else begun.push(download);
  };
  main.on("download", take);
  context.on("page", (page) => page.on("download", take));
  const first = () =>
    new Promise<Download>((resolve) => {
      const download = begun.shift();
      if (download) resolve(download);
      else waiting.push(resolve);
    });
  return {
    next: async ({ timeoutMs, mostBytes }) => {
      const until = performance.now() + timeoutMs;
      const download = await limited(first(), {
        ends,
        ms: timeoutMs,
        fault: noDownload(timeoutMs),
      });
      const left = Math.max(1, until - performance.now());
      return complete(download, { ends, scratch, left, mostBytes, timeoutMs });
    },
  };
}

interface Completing {
  readonly ends: Ends;
  readonly scratch: Scratch;
  readonly left: number;
  readonly mostBytes: number;
  readonly timeoutMs: number;
}

async function complete(download: Download, of: Completing): Promise<Downloaded> {
  const name = download.suggestedFilename();
  const folder = path.join(of.scratch.folder, "downloads");
  let isTooLong = false;
  const watch = setInterval(() => {
    if (sizeOf(folder) <= of.mostBytes) return;
    isTooLong = true;
    download.cancel().catch(() => undefined);
  }, LOOK_MS);
  try {
    const why = await limited(download.failure(), {
      ends: of.ends,
      ms: of.left,
      fault: failed(name, `did not end within ${of.timeoutMs / 1000} s`),
    });
    if (isTooLong) throw failed(name, `is longer than ${of.mostBytes} bytes and was given up`);
    if (why !== null) throw brokenOff(name, why);
    return { file: await download.path(), name };
  } catch (error) {
    download.cancel().catch(() => undefined);
    throw error;
  } finally {
    clearInterval(watch);
  }
}

async function limited<T>(
  call: Promise<T>,
  { ends, ms, fault }: { readonly ends: Ends; readonly ms: number; readonly fault: Fault },
): Promise<T> {
  try {
    return await within(call, { ends, ms, what: "download" });
  } catch (error) {
    if (error instanceof Fault && error.failure.code === "browser-does-not-answer") throw fault;
    throw error;
  }
}

function sizeOf(folder: string): number {
  return readdirSync(folder).reduce(
    (sum, name) => sum + (statSync(path.join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}

function noDownload(ms: number): Fault {
  return new Fault({
    code: "page-no-download",
    what: `No download began within ${ms / 1000} s.`,
    fix: "See in the pictures whether the page reacted, or give it more time with `within`.",
  });
}

/** The browser has one word, canceled, for whatever ended a download that nobody here has cancelled. */
function brokenOff(name: string, why: string): Fault {
  return new Fault({
    code: "page-download-failed",
    what: `The download ${name} broke off (${why}).`,
    fix: "See whether the server's log says why it sent no more, the temporary folder's disk is full, or the page took back what it gave.",
  });
}

function failed(name: string, how: string): Fault {
  return new Fault({
    code: "page-download-failed",
    what: `The download ${name} ${how}.`,
    fix: "See in the server's log why it sent no more, or give it more time with `within`.",
  });
}
