import { Fault } from "../../src/model/failure.ts";
import type {
  AccessFinding,
  Browsers,
  BrowserOptions,
  ElementAct,
  ElementState,
  Noticed,
  Page,
} from "../../src/ports/browser.ts";

/** What a fake page holds; a function is asked each time, with how often it was asked before. */
export interface FakePage {
  readonly elements?: Readonly<
    Record<
      string,
      readonly Partial<ElementState>[] | ((asked: number) => readonly Partial<ElementState>[])
    >
  >;
  readonly status?: number;
  readonly title?: string;
  readonly overflow?: number;
  readonly findings?: readonly AccessFinding[];
  readonly noticed?: readonly Noticed[];
  readonly download?: { readonly file: string; readonly name: string };
  readonly acts?: (selector: string, act: ElementAct) => void;
}

export interface FakeBrowsers extends Browsers {
  readonly did: string[];
  readonly opened: BrowserOptions[];
  /** How many are open now. */
  running: number;
}

/** A browser without a browser: it finds what it is given, and writes down what was done. */
export function fakeBrowsers(given: FakePage): FakeBrowsers {
  const fake: FakeBrowsers = {
    did: [],
    opened: [],
    running: 0,
    find: async () => ({ path: "/usr/bin/chromium", version: "Chromium 150.0" }),
    async open(options) {
      fake.opened.push(options);
      fake.running++;
      return {
        page: pageOf(given, fake.did),
        browser: "Chromium 150.0",
        trace: async () => Buffer.from("PK"),
        async [Symbol.asyncDispose]() {
          fake.running--;
        },
      };
    },
  };
  return fake;
}

function pageOf(given: FakePage, did: string[]): Page {
  const asked = new Map<string, number>();
  let address = "about:blank";
  const find = (selector: string): readonly Partial<ElementState>[] => {
    const found = given.elements?.[selector] ?? [];
    const times = asked.get(selector) ?? 0;
    asked.set(selector, times + 1);
    return typeof found === "function" ? found(times) : found;
  };
  return {
    async goto(url) {
      did.push(`open ${url}`);
      address = url;
      return { status: given.status ?? 200, url };
    },
    async act(selector, act) {
      given.acts?.(selector, act);
      const found = given.elements?.[selector];
      if (found === undefined)
        throw new Fault({
          code: "page-no-element",
          what: `${selector} finds nothing.`,
          fix: "Look.",
        });
      did.push(`${act.do} ${selector}${"text" in act ? ` ${act.text}` : ""}`);
    },
    look: async (selector) =>
      find(selector).map((each) => ({ text: "", isVisible: true, ...each })),
    title: async () => given.title ?? "",
    url: () => address,
    names: async () => Object.keys(given.elements ?? {}),
    overflow: async () => ({ pixels: given.overflow ?? 0, where: [] }),
    access: async () => given.findings ?? [],
    picture: async () => Buffer.from("PNG"),
    async download() {
      if (given.download) return given.download;
      throw new Fault({ code: "page-no-download", what: "No download began.", fix: "Look." });
    },
    noticed: () => given.noticed ?? [],
    cookies: async () => [],
  };
}
