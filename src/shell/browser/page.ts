import type { BrowserContext, Page as Tab } from "playwright-core";
import { Fault } from "../../model/failure.ts";
import type { BrowserOptions, Page } from "../../ports/browser.ts";
import { checkAccess } from "./access.ts";
import { actOn } from "./act.ts";
import { catchDownloads } from "./downloads.ts";
import { go } from "./go.ts";
import { ended, within, type Ends } from "./limit.ts";
import { elements, names, overflow } from "./look.ts";
import { listen } from "./notices.ts";
import { takePicture } from "./picture.ts";
import type { Scratch } from "./scratch.ts";

declare const location: { readonly origin: string };
declare const localStorage: {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
};

/** Makes the page of a context ready to be visited. */
export async function openPage(
  context: BrowserContext,
  options: BrowserOptions,
  { isOver, scratch }: { readonly isOver: () => boolean; readonly scratch: Scratch },
): Promise<{ readonly page: Page }> {
  const tab = context.pages()[0] ?? (await context.newPage());
  const { timeoutMs, signal } = options;
  const ends: Ends = { signal, gone: goneOf(context, tab, isOver) };
  const notices = listen(context, tab);
  const downloads = catchDownloads(context, { main: tab, ends, scratch });
  await giveCookies(context, options);
  const ask = <T>(what: string, call: () => Promise<T>, ms = timeoutMs): Promise<T> =>
    within(call(), { ends, ms, what });
  const page: Page = {
    goto: (url) => go(tab, url, { ends, timeoutMs, notices, hosts: options.hosts }),
    act: (selector, act, ms = timeoutMs) => actOn(tab, { selector, act, ms, ends }),
    look: (selector, wish) => ask(`look at ${selector}`, () => elements(tab, selector, wish)),
    title: () => ask("say its title", () => tab.title()),
    url: () => tab.url(),
    names: () => ask("name its elements", () => names(tab)),
    overflow: () => ask("say how wide it is", () => overflow(tab)),
    access: () => checkAccess(tab, ask),
    picture: ({ whole }) =>
      ask("be pictured", () => takePicture(tab, { whole, hidden: options.hidden, timeoutMs })),
    download: (limits) => downloads.next(limits),
    noticed: () => notices.take(),
    cookies: () => ask("give its cookies", () => cookiesOf(context)),
  };
  return { page };
}

/** Rejects when the page or the browser ends before its time. */
function goneOf(context: BrowserContext, tab: Tab, isOver: () => boolean): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  tab.on("crash", () =>
    reject(
      new Fault({
        code: "browser-page-crashed",
        what: "The page crashed within the browser.",
        fix: "Often memory ran out: see what the page holds, and what the machine has.",
      }),
    ),
  );
  const gone = (what: string) => () => {
    if (!isOver()) reject(ended(what));
  };
  context.on("close", gone("The browser ended before the visit did."));
  tab.on("close", gone("The page was closed before the visit ended."));
  return promise;
}

async function giveCookies(context: BrowserContext, options: BrowserOptions): Promise<void> {
  const { cookies, storage } = options;
  await context.addCookies(cookies.map(({ expires = -1, ...cookie }) => ({ ...cookie, expires })));
  if (Object.keys(storage.items).length === 0) return;
  await context.addInitScript((given) => {
    if (location.origin !== given.origin) return;
    for (const [name, value] of Object.entries(given.items))
      if (localStorage.getItem(name) === null) localStorage.setItem(name, value);
  }, storage);
}

async function cookiesOf(context: BrowserContext) {
  const cookies = await context.cookies();
  return cookies.map(({ name, value, domain, path, secure, httpOnly, expires }) => ({
    name,
    value,
    domain,
    path,
    secure,
    httpOnly,
    ...(expires > 0 ? { expires } : {}),
  }));
}
