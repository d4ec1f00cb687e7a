import type { BrowserContext, Page, Request } from "playwright-core";
import type { Noticed } from "../../ports/browser.ts";

/** What pages say while nobody asks them. */
export interface Notices {
  take(): readonly Noticed[];
  /** Addresses that were asked for and have not been answered. */
  pending(): readonly string[];
}

const MOST = 500;
const LONGEST = 2000;

/** Listens to every page of the context, those that open by themselves included. */
export function listen(context: BrowserContext, main: Page): Notices {
  const noticed: Noticed[] = [];
  const pending = new Set<Request>();
  const note = (what: Noticed["what"], text: string, more: Partial<Noticed> = {}) => {
    if (noticed.length < MOST) noticed.push({ what, text: text.slice(0, LONGEST), ...more });
  };
  context.on("request", (request) => void pending.add(request));
  context.on("requestfinished", (request) => void pending.delete(request));
  context.on("requestfailed", (request) => {
    pending.delete(request);
    const why = request.failure()?.errorText ?? "failed";
    // The page itself, or a navigation, has given it up; a download leaves its page this way.
    if (why === "net::ERR_ABORTED") return;
    note("failed request", `${request.method()} ${why}`, { url: request.url() });
  });
  context.on("response", (answer) => {
    if (answer.status() < 400) return;
    const { url, status } = { url: answer.url(), status: answer.status() };
    note("bad answer", `${answer.request().method()} answered ${status}`, { url, status });
  });
  context.on("console", (message) => {
    if (message.type() !== "error") return;
    // Chromium says so of each failed request, which is noticed by itself.
    if (message.text().startsWith("Failed to load resource:")) return;
    const { url } = message.location();
    note("console error", message.text(), url ? { url } : {});
  });
  context.on("weberror", (error) => note("page error", messageOf(error.error())));
  context.on("dialog", (dialog) => {
    note("dialog", `${dialog.type()}: ${dialog.message()}`);
    // Nobody is there to answer; leaving a page is never refused.
    const answer = dialog.type() === "beforeunload" ? dialog.accept() : dialog.dismiss();
    answer.catch(() => undefined);
  });
  context.on("page", (page) => {
    if (page !== main) note("popup", "The page opened another.", { url: page.url() });
  });
  return { take: () => noticed.splice(0), pending: () => [...pending].map((each) => each.url()) };
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.stack?.split("\n").slice(0, 3).join("\n") ?? error.message;
}
