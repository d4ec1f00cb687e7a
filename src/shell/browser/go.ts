import type { Page as Tab } from "playwright-core";
import { Fault } from "../../model/failure.ts";
import { within, type Ends } from "./limit.ts";
import type { Notices } from "./notices.ts";

interface Going {
  readonly ends: Ends;
  readonly timeoutMs: number;
  readonly notices: Notices;
  readonly hosts: readonly string[] | undefined;
}

/** Opens an address, and says in words why it did not open. */
export async function go(
  tab: Tab,
  url: string,
  { ends, timeoutMs, notices, hosts }: Going,
): Promise<{ readonly status: number; readonly url: string }> {
  try {
    const call = tab.goto(url, { timeout: timeoutMs, waitUntil: "load" });
    const answer = await within(call, { ends, ms: timeoutMs + 1000, what: `open ${url}` });
    return { status: answer?.status() ?? 0, url: tab.url() };
  } catch (error) {
    if (error instanceof Fault || ends.signal.aborted) throw error;
    const words = error instanceof Error ? error.message : String(error);
    // A page that crashes while it loads is heard of a moment later.
    if (words.includes("ERR_ABORTED")) await Promise.race([ends.gone, moment()]);
    throw notLoaded(words, { url, timeoutMs, pending: notices.pending(), hosts });
  }
}

const MOMENT_MS = 500;

function moment(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, MOMENT_MS);
  });
}

function notLoaded(
  words: string,
  {
    url,
    timeoutMs,
    pending,
    hosts,
  }: Pick<Going, "timeoutMs" | "hosts"> & {
    readonly url: string;
    readonly pending: readonly string[];
  },
): Fault {
  const code = "page-not-loaded";
  const why = /net::(ERR_\w+)/.exec(words)?.[1];
  if (why === undefined && words.includes("Timeout"))
    return new Fault({
      code,
      what: `${url} was not loaded within ${timeoutMs / 1000} s.${waitsFor(pending)}`,
      fix: "See why the server does not end these answers, or raise the visit's `patience`.",
    });
  if (why === "ERR_NAME_NOT_RESOLVED" && hosts !== undefined)
    return new Fault({
      code,
      what: `${url} was not opened: no such host, or one that the plan does not let this visit go to.`,
      fix: `It may go to: ${hosts.join(", ")}. Add others under \`hosts\`.`,
    });
  return new Fault({
    code,
    what: `${url} did not open: ${why ?? words.split("\n", 1)[0]}.`,
    fix: "See whether the application runs and listens there.",
  });
}

function waitsFor(pending: readonly string[]): string {
  if (pending.length === 0) return "";
  const more = pending.length > 3 ? `, and ${pending.length - 3} more` : "";
  return ` It still waits for ${pending.slice(0, 3).join(", ")}${more}.`;
}
