import { execFile } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import path from "node:path";
import { Fault } from "../../model/failure.ts";
import type { FoundBrowser } from "../../ports/browser.ts";

/** Where browsers are looked for. */
export interface Places {
  /** As in PATH. */
  readonly path: string;
  readonly platform: NodeJS.Platform;
  readonly home: string;
}

const PROGRAMS = {
  chromium: ["chromium", "chromium-browser"],
  chrome: ["google-chrome", "google-chrome-stable"],
  edge: ["microsoft-edge", "microsoft-edge-stable"],
} as const;

const APPLICATIONS = {
  chromium: "Chromium.app/Contents/MacOS/Chromium",
  chrome: "Google Chrome.app/Contents/MacOS/Google Chrome",
  edge: "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
} as const;

const VERSION_MS = 15_000;

/** The browser that is named, or the first that this machine has. Fault `browser-missing`. */
export async function findBrowser(
  named: string | undefined,
  places: Places,
): Promise<FoundBrowser> {
  const tried = candidates(named, places);
  const found = tried.find(isProgram);
  if (found === undefined) throw missing(named, places);
  return { path: found, version: await versionOf(found) };
}

/** Every path at which it may be, the best first. */
export function candidates(named: string | undefined, places: Places): readonly string[] {
  if (named?.startsWith("/") === true) return [named];
  const kinds = isKind(named) ? [named] : (["chromium", "chrome", "edge"] as const);
  if (named !== undefined && named !== "any" && !isKind(named)) return inPath([named], places);
  return kinds.flatMap((kind) => [
    ...inPath(PROGRAMS[kind], places),
    ...(places.platform === "darwin"
      ? ["/Applications", path.join(places.home, "Applications")].map((folder) =>
          path.join(folder, APPLICATIONS[kind]),
        )
      : []),
  ]);
}

function isKind(named: string | undefined): named is keyof typeof PROGRAMS {
  return named !== undefined && Object.hasOwn(PROGRAMS, named);
}

function inPath(names: readonly string[], places: Places): readonly string[] {
  const folders = places.path.split(":").filter((folder) => folder.startsWith("/"));
  return names.flatMap((name) => folders.map((folder) => path.join(folder, name)));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

async function versionOf(program: string): Promise<string> {
  const said = await new Promise<string | undefined>((resolve) => {
    const limits = { timeout: VERSION_MS, killSignal: "SIGKILL", maxBuffer: 65_536 } as const;
    execFile(program, ["--version"], limits, (error, stdout) =>
      resolve(error ? undefined : stdout),
    );
  });
  // `Chromium 150.0.1 built on Debian GNU/Linux`, `Google Chrome 150.0.1`.
  const version = said === undefined ? undefined : /[A-Z][\w ]*? \d+(?:\.\d+)+/.exec(said)?.[0];
  if (version !== undefined) return version;
  throw new Fault({
    code: "browser-does-not-start",
    what: `${program} does not say its version: it is broken, or no browser of the Chromium family.`,
    fix: `Try \`${program} --version\` by hand, or name another browser.`,
  });
}

function missing(named: string | undefined, { platform }: Places): Fault {
  const what =
    named === undefined || named === "any"
      ? "This machine has no Chromium, Chrome or Edge that could be found."
      : `This machine has no browser ${named}.`;
  return new Fault({ code: "browser-missing", what, fix: installation(platform) });
}

function installation(platform: NodeJS.Platform): string {
  return platform === "darwin"
    ? "Install one: brew install --cask chromium, or give its absolute path under `browser`."
    : "Install one: apt-get install chromium fonts-dejavu (Debian), dnf install chromium (Fedora), or give its absolute path under `browser`.";
}
