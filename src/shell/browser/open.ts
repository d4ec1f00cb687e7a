import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { chromium, type BrowserContext } from "playwright-core";
import { Fault } from "../../model/failure.ts";
import type { BrowserOptions, FoundBrowser, Visit } from "../../ports/browser.ts";
import { endBrowser } from "./end.ts";
import { within } from "./limit.ts";
import { openPage } from "./page.ts";
import { makeScratch, type Scratch } from "./scratch.ts";

const START_MS = 30_000;
const TRACE_MS = 30_000;
const MOST_TRACE_BYTES = 64 * 1024 * 1024;

/** Starts the browser with an empty profile and one page in it. */
export async function openVisit(found: FoundBrowser, options: BrowserOptions): Promise<Visit> {
  options.signal.throwIfAborted();
  const scratch = makeScratch();
  let ending: Promise<void> | undefined;
  const isOver = () => ending !== undefined;
  try {
    const context = await start(found, options, scratch);
    // Ends what a hung browser would hold up.
    const stop = () => void end();
    const end = () => {
      options.signal.removeEventListener("abort", stop);
      return (ending ??= endBrowser(context, scratch));
    };
    options.signal.addEventListener("abort", stop, { once: true });
    try {
      const page = await openPage(context, options, { isOver, scratch });
      if (options.trace) await context.tracing.start({ screenshots: true, snapshots: true });
      return {
        page: page.page,
        browser: found.version,
        trace: async () => (options.trace && !isOver() ? keepTrace(context, scratch) : undefined),
        [Symbol.asyncDispose]: end,
      };
    } catch (error) {
      await end();
      throw error;
    }
  } catch (error) {
    scratch.remove();
    throw error;
  }
}

/** What a visit asks of a window, whichever browser it is. */
function settingsOf({ basic, viewport, trustAnyCertificate }: BrowserOptions) {
  return {
    acceptDownloads: true,
    // Ctrl-C is ours to answer.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    timeout: START_MS,
    viewport: { width: viewport.width, height: viewport.height },
    hasTouch: viewport.touch,
    isMobile: viewport.touch,
    ignoreHTTPSErrors: trustAnyCertificate,
    ...(basic && {
      httpCredentials: { origin: basic.origin, username: basic.user, password: basic.password },
    }),
  };
}

async function start(
  found: FoundBrowser,
  options: BrowserOptions,
  scratch: Scratch,
): Promise<BrowserContext> {
  const inScratch = (name: string) => {
    const folder = path.join(scratch.folder, name);
    mkdirSync(folder, { mode: 0o700 });
    return folder;
  };
  const launch = chromium.launchPersistentContext(inScratch("profile"), {
    executablePath: found.path,
    // A sandbox cannot be had as root; everybody else gets it.
    chromiumSandbox: process.getuid?.() !== 0,
    // Nothing of our surroundings: no proxy, no keys, no session.
    env: surroundings(inScratch("home"), scratch.temporary),
    args: hostRules(options.hosts),
    downloadsPath: inScratch("downloads"),
    // Else they lie in the temporary folder for ever, the traces even after a good end.
    artifactsDir: inScratch("artifacts"),
    tracesDir: inScratch("traces"),
    ...settingsOf(options),
  });
  const ends = { signal: options.signal, gone: new Promise<never>(() => undefined) };
  try {
    return await within(launch, { ends, ms: START_MS + 5000, what: "start" });
  } catch (error) {
    // It may still come up.
    void endLate(launch, scratch);
    options.signal.throwIfAborted();
    throw doesNotStart(found, error);
  }
}

async function endLate(launch: Promise<BrowserContext>, scratch: Scratch): Promise<void> {
  const context = await launch.catch(() => undefined);
  if (context !== undefined) await endBrowser(context, scratch);
}

function surroundings(home: string, temporary: string): Record<string, string> {
  const programs = process.env["PATH"];
  return {
    ...(programs === undefined ? {} : { PATH: programs }),
    HOME: home,
    TMPDIR: temporary,
    XDG_CONFIG_HOME: home,
    XDG_CACHE_HOME: home,
    LANG: "en_US.UTF-8",
  };
}

/** The browser itself looks up no other host, whatever asks for it: page, worker, socket, or the browser's own services. */
function hostRules(hosts: readonly string[] | undefined): string[] {
  if (hosts === undefined) return [];
  const excluded = hosts.map((host) => `EXCLUDE ${host.replaceAll(/[[\]]/g, "")}`);
  return [`--host-resolver-rules=${["MAP * ~NOTFOUND", ...excluded].join(" , ")}`];
}

async function keepTrace(
  context: BrowserContext,
  { folder }: Scratch,
): Promise<Uint8Array | undefined> {
  const file = path.join(folder, "trace.zip");
  try {
    await within(context.tracing.stop({ path: file }), {
      ends: { signal: new AbortController().signal, gone: new Promise<never>(() => undefined) },
      ms: TRACE_MS,
      what: "write its trace",
    });
    const trace = readFileSync(file);
    return trace.length > MOST_TRACE_BYTES ? undefined : trace;
  } catch {
    return undefined;
  }
}

function doesNotStart({ path: program, version }: FoundBrowser, error: unknown): Fault {
  const words = error instanceof Error ? error.message : String(error);
  const sandbox = /no usable sandbox|setuid sandbox|namespace/i.test(words);
  return new Fault({
    code: "browser-does-not-start",
    what: `${version} (${program}) does not start${sandbox ? ": this machine allows it no sandbox" : ""}.`,
    fix: sandbox
      ? "Allow user namespaces to this user (sysctl kernel.unprivileged_userns_clone=1, or the container's seccomp profile)."
      : "Try it by hand with --headless=new --dump-dom about:blank; a library or shared memory may be missing.",
    detail: stripVTControlCharacters(words)
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "" && !line.startsWith("<launching>"))
      .slice(0, 12)
      .map((line) => line.slice(0, 300))
      .join("\n"),
  });
}
