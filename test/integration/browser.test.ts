import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import type { Work } from "../../src/ports/step-kind.ts";
import { openBrowsers } from "../../src/shell/browser/index.ts";
import { systemClock } from "../../src/shell/clock.ts";
import { openHttp } from "../../src/shell/http.ts";
import { browser } from "../../src/steps/browser/index.ts";
import { PAGE_TOKEN, servePage, type Flaw, type PageServer } from "../rig/browser-page.ts";
import { preparation, stepWork } from "../rig/step-work.ts";

const KEEP = process.env["KEEP_PICTURES"];

/** Every step of the real page: styled, menu, form, fits, download with pause and resume, whole file. */
const VISIT = (page: PageServer, { wholeWithin = "10s" } = {}): object => ({
  open: "/viewer",
  steps: [
    {
      expect: {
        title: "Secure files",
        h1: { text: "Secure file viewer", style: { color: "rgb(18, 52, 86)" } },
        "nav a": { count: { at_least: 3 }, visible: true },
        "form #token": { count: 1, attribute: { name: "token" } },
        "form button": { text: "Sign in" },
        fits: true,
      },
    },
    { access: "serious" },
    { click: "#start" },
    {
      wait: {
        "#progress": { text: { matches: "^[1-9]\\d? %$" } },
        "#speed": { text: { matches: "^[\\d.]+ MB/s$" }, number: { greater: 0 } },
      },
    },
    { click: "#pause" },
    { still: { "#bytes": "600ms" } },
    { click: "#resume" },
    { grows: { "#bytes": "3s" } },
    { wait: { "#progress": "100 %", within: wholeWithin } },
    { download: { sha256: page.sha256, bytes: page.bytes, name: "plan.bin", within: "10s" } },
  ],
});

interface Played {
  readonly result: Awaited<ReturnType<typeof browser.run>>;
  readonly said: readonly string[];
  readonly saved: ReadonlyMap<string, Buffer>;
}

async function play(
  page: PageServer,
  spec: object,
  given: Partial<Work<JsonObject>> = {},
): Promise<Played> {
  const saved = new Map<string, Buffer>();
  const { work, told } = stepWork(browser, spec, {
    browsers: openBrowsers(),
    clock: systemClock,
    http: openHttp(),
    ...given,
  });
  const plan = { ...work.plan, environment: { ...work.plan.environment, url: page.url } };
  const artifacts = {
    ...work.artifacts,
    save: async (name: string, content: string | Uint8Array) => {
      saved.set(name, Buffer.from(content));
      return { name, sha256: "0".repeat(64), bytes: content.length };
    },
  };
  const result = await browser.run({
    ...work,
    plan,
    artifacts,
    ...(given.spec && { spec: given.spec }),
  });
  if (KEEP !== undefined) {
    const { mkdirSync, writeFileSync } = await import("node:fs");
    const folder = path.join(
      KEEP,
      expect.getState().currentTestName?.replaceAll(/\W+/g, "-") ?? "x",
    );
    for (const [name, bytes] of saved) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), bytes);
    }
    writeFileSync(
      path.join(folder, "said.txt"),
      `${told.progress.map(({ text }) => text).join("\n")}\n${JSON.stringify(result, null, 2)}`,
    );
  }
  return { result, said: told.progress.map(({ text }) => text), saved };
}

const leftovers = () =>
  readdirSync(os.tmpdir()).filter((name) => name.startsWith("seaworthy-browser-"));

afterEach(() => {
  expect(leftovers().filter((name) => name.includes(`-${process.pid}-`))).toEqual([]);
});

test("a good page passes on a desktop and on a phone, with pictures of each step", async () => {
  await using page = await servePage();
  const { result, said, saved } = await play(page, {
    ...VISIT(page),
    viewports: ["desktop", "phone"],
  });
  expect(result).toMatchObject({
    outcome: "passed",
    numbers: {
      visits: 2,
      steps: 22,
      consoleErrors: 0,
      failedRequests: 0,
      accessFindings: 0,
      pictures: 22,
    },
  });
  expect(page.asked.filter((each) => /file\.bin bytes=[1-9]/.test(each))).toHaveLength(2);
  expect(said).toContainEqual(
    expect.stringMatching(/^phone 9\/11 grows #bytes within 3 s: from \d+ to \d+$/),
  );
  expect([...saved.keys()]).toHaveLength(23);
  expect(saved.get("browser/phone-01-open.png")?.subarray(1, 4).toString()).toBe("PNG");
  expect(saved.get("browser.html")?.toString()).toContain("data:image/png;base64,");
});

test.each<[Flaw, string, RegExp]>([
  ["console error", "page-console-errors", /The menu could not be drawn/],
  ["uncaught error", "page-console-errors", /Cannot read properties of null/],
  ["no style", "page-not-as-expected", /style color of h1 is "rgb\(0, 0, 0\)"/],
  ["no menu", "page-not-as-expected", /count of nav a is 0/],
  ["too wide", "page-not-as-expected", /wider than the window: section \(9\d\d px\)/],
  ["pause goes on", "page-not-still", /#bytes went on from/],
  ["resume begins again", "page-fell-back", /#bytes fell from \d+ to \d+/],
  ["cut off", "page-not-as-expected", /text of #progress is "96 %"/],
  ["no form", "page-not-as-expected", /form #token is 0/],
  ["low contrast", "page-hard-to-use", /color-contrast \(serious\)/],
  ["other host", "page-failed-requests", /ERR_NAME_NOT_RESOLVED.*localhost/],
  ["error page", "page-not-loaded", /answered 500/],
])("a page with the flaw %s fails with %s", async (flaw, code, words) => {
  await using page = await servePage(flaw);
  // Only what is about looks would be seen before.
  const visit = VISIT(page, flaw === "cut off" ? { wholeWithin: "2s" } : {});
  const spec = { ...visit, viewport: "phone" } as unknown as { steps: object[] };
  if (flaw === "low contrast") spec.steps = [{ access: "serious" }];
  const { result } = await play(page, spec);
  expect(result).toMatchObject({ outcome: "failed", failure: { code } });
  expect(result.failure?.what).toMatch(words);
});

test("a page without its style sheet fails by the request too", async () => {
  await using page = await servePage("no style");
  const { result } = await play(page, {
    open: "/",
    steps: [{ expect: { h1: "Secure file viewer" } }],
  });
  expect(result).toMatchObject({
    outcome: "failed",
    failure: {
      code: "page-failed-requests",
      what: expect.stringMatching(/GET answered 404 .*style\.css/),
    },
    numbers: { failedRequests: 1, consoleErrors: 0 },
  });
});

test("a download of the browser's own is held against its digest, and cut off or endless it fails", async () => {
  const spec = {
    open: "/",
    steps: [{ download: { click: "#save", sha256: "a".repeat(64), within: "3s" } }],
  };
  await using good = await servePage();
  expect((await play(good, spec)).result.failure).toMatchObject({ code: "page-wrong-download" });
  spec.steps[0]!.download.sha256 = good.sha256;
  expect((await play(good, spec)).result.outcome).toBe("passed");
  await using endless = await servePage("download never ends");
  expect((await play(endless, spec)).result.failure).toMatchObject({
    code: "page-download-failed",
    what: expect.stringContaining("did not end within 3 s"),
  });
});

const only = (...steps: object[]) => ({ open: "/", patience: "1500ms", steps });

describe("what goes wrong with a page is said in words", () => {
  test.each<[string, Flaw[], object, string, RegExp]>([
    [
      "nothing found",
      [],
      only({ click: "#strat" }, { expect: { h1: "x" } }),
      "page-no-element",
      /#strat finds nothing.*Did you mean #start\?/,
    ],
    [
      "several found",
      [],
      only({ click: "nav a" }, { expect: { h1: "x" } }),
      "page-several-elements",
      /nav a finds 3 elements/,
    ],
    [
      "not usable",
      [],
      only({ click: "#pause" }, { expect: { h1: "x" } }),
      "page-element-unusable",
      /element is not enabled/,
    ],
    [
      "no selector",
      [],
      only({ click: "a[[" }, { expect: { h1: "x" } }),
      "browser-bad-selector",
      /a\[\[ is not a selector/,
    ],
    [
      "no selector to look at",
      [],
      only({ expect: { "a[[": "x" } }),
      "browser-bad-selector",
      /a\[\[ is not a selector/,
    ],
    [
      "never loads",
      ["never loads"],
      only({ expect: { h1: "x" } }),
      "page-not-loaded",
      /It still waits for .*slow\.png/,
    ],
    [
      "hangs",
      ["hangs"],
      only({ wait: { h1: "x", within: "4s" } }),
      "browser-does-not-answer",
      /did not answer within/,
    ],
    [
      "no download",
      [],
      only({ download: { click: "h1", within: "700ms" } }),
      "page-no-download",
      /No download began/,
    ],
    [
      "a host that is not named",
      [],
      only({ open: "http://elsewhere.invalid/" }, { expect: { h1: "x" } }),
      "page-not-loaded",
      /elsewhere\.invalid/,
    ],
  ])("%s", async (_, flaws, spec, code, words) => {
    await using page = await servePage(...flaws);
    const { result } = await play(page, spec);
    expect(result.failure?.code).toBe(code);
    expect(`${result.failure?.what} ${result.failure?.fix}`).toMatch(words);
    expect(result.outcome).toBe(code.startsWith("page-") ? "failed" : "error");
  });

  test("a dialog is dismissed and told, and fails nothing", async () => {
    await using page = await servePage("alert");
    const { result, saved } = await play(page, {
      open: "/",
      steps: [{ expect: { h1: "Secure file viewer" } }],
    });
    expect(result.outcome).toBe("passed");
    expect(saved.get("browser.html")?.toString()).toContain("dialog: alert: Hello");
  });
});

test("a secret that is typed shows in no picture, no word and no trace", async () => {
  await using page = await servePage();
  const spec = {
    open: "/token",
    console_errors: 1,
    steps: [
      { fill: { "#token": PAGE_TOKEN } },
      { click: "#show" },
      { expect: { "#echo": { text: "You typed something else" } } },
    ],
  };
  const { result, said, saved } = await play(page, spec, { secrets: { TOKEN: PAGE_TOKEN } });
  expect(result.outcome).toBe("failed");
  const words = JSON.stringify([result, said, saved.get("browser.html")?.toString()]);
  expect(words).toContain("You typed ***");
  expect(words).not.toContain(PAGE_TOKEN);
  expect(saved.has("browser-trace.zip")).toBe(false);
  expect(result.warnings?.join()).toContain("No trace is kept");
});

test("a failed visit without secrets leaves a trace that Playwright can read", async () => {
  await using page = await servePage();
  const { saved } = await play(page, { open: "/", steps: [{ expect: { h1: "x" } }] });
  expect(saved.get("browser-trace.zip")?.subarray(0, 2).toString()).toBe("PK");
});

test("a scenario signs in, and the page has its cookies", async () => {
  await using page = await servePage();
  const scenario = `scenario: login
steps:
  - name: Log in
    post: /login
    form: { token: "${PAGE_TOKEN}" }
    expect: { status: 303 }
`;
  const spec = browser.spec.parse({
    open: "/member",
    sign_in: { scenario: "login.scenario.yaml" },
    steps: [{ expect: { h1: "Welcome" } }],
  }) as JsonObject;
  const prepared = browser.prepare?.(spec, preparation({ "login.scenario.yaml": scenario }));
  expect(prepared?.diagnostics).toEqual([]);
  const { result } = await play(page, VISIT(page), { spec: prepared?.spec ?? {} });
  expect(result).toMatchObject({ outcome: "passed" });
});

test("a cancelled visit ends soon and leaves no browser", async () => {
  await using page = await servePage();
  const control = new AbortController();
  const spec = { open: "/", steps: [{ wait: { h1: "never", within: "60s" } }] };
  const began = performance.now();
  const playing = play(page, spec, { signal: control.signal });
  setTimeout(() => control.abort(new Error("cancelled")), 3000);
  await expect(playing).rejects.toThrow("cancelled");
  expect(performance.now() - began).toBeLessThan(10_000);
});

test("a browser that is killed, and a page that crashes, are said to be so", async () => {
  const options = {
    viewport: { width: 800, height: 600, touch: false },
    cookies: [],
    storage: { origin: "", items: {} },
    trustAnyCertificate: false,
    trace: false,
    hidden: [],
    timeoutMs: 5000,
    signal: new AbortController().signal,
  };
  await using visit = await openBrowsers().open(options);
  await expect(visit.page.goto("chrome://crash")).rejects.toMatchObject({
    failure: { code: "browser-page-crashed" },
  });
  await using other = await openBrowsers().open(options);
  const mine = leftovers().filter((name) => name.includes(`-${process.pid}-`));
  expect(mine).toHaveLength(2);
  const waiting = other.page.download({ timeoutMs: 20_000, mostBytes: 1 });
  waiting.catch(() => undefined);
  for (const pid of await pidsWith(mine)) process.kill(pid, "SIGKILL");
  await expect(waiting).rejects.toMatchObject({ failure: { code: "browser-gone" } });
  await expect(other.page.title()).rejects.toMatchObject({ failure: { code: "browser-gone" } });
});

test("kill -9 of us leaves no browser, and the next start removes the folder", async () => {
  const { spawn } = await import("node:child_process");
  const folder = mkdtempSync(path.join(os.tmpdir(), "g-kill-"));
  const child = spawn(
    process.execPath,
    [new URL("../rig/browser-child.ts", import.meta.url).pathname],
    {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, TMPDIR: folder },
    },
  );
  const exited = new Promise((resolve) => child.once("exit", resolve));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  const [left] = readdirSync(folder).filter((name) => name.startsWith("seaworthy-browser-"));
  expect(left).toBeDefined();
  const profile = path.join(folder, left ?? "");
  expect(await runningWith(profile)).toBeGreaterThan(0);
  child.kill("SIGKILL");
  await exited;
  await expect.poll(() => runningWith(profile), { timeout: 10_000 }).toBe(0);
  const { makeScratch } = await import("../../src/shell/browser/scratch.ts");
  makeScratch(folder).remove();
  expect(existsSync(profile)).toBe(false);
  rmSync(folder, { recursive: true, force: true });
});

/** Those that lead a browser of these folders. */
async function pidsWith(folders: readonly string[]): Promise<readonly number[]> {
  const { execFile } = await import("node:child_process");
  return new Promise((resolve) => {
    execFile("ps", ["-axww", "-o", "pid=,args="], { maxBuffer: 1e8 }, (_, out) =>
      resolve(
        out
          .split("\n")
          .filter(
            (line) => folders.some((each) => line.includes(each)) && !line.includes("--type="),
          )
          .map((line) => Number.parseInt(line, 10)),
      ),
    );
  });
}

async function runningWith(profile: string): Promise<number> {
  const { execFile } = await import("node:child_process");
  return new Promise((resolve) => {
    execFile("ps", ["-axww", "-o", "args="], { maxBuffer: 1e8 }, (_, out) =>
      resolve(out.split("\n").filter((line) => line.includes(profile)).length),
    );
  });
}
