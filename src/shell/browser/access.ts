import axe from "axe-core";
import type { Page as Tab } from "playwright-core";
import type { AccessFinding } from "../../ports/browser.ts";
import type { InPageDocument } from "./dom.ts";

declare const document: InPageDocument;

type Ask = <T>(what: string, call: () => Promise<T>, ms?: number) => Promise<T>;

const ACCESS_MS = 60_000;

/** What axe-core finds wrong for people who see, hear or move otherwise. Every frame is looked at. */
export function checkAccess(tab: Tab, ask: Ask): Promise<readonly AccessFinding[]> {
  return ask(
    "be looked at by axe-core",
    async () => {
      for (const frame of tab.frames().slice(0, 50))
        await frame.evaluate(axe.source).catch(() => undefined);
      return tab.evaluate(findings);
    },
    ACCESS_MS,
  );
}

/** Runs within the page. */
async function findings(): Promise<AccessFinding[]> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- put there right before
  const { axe: inPage } = globalThis as unknown as {
    axe: { run(of: unknown, how: axe.RunOptions): Promise<axe.AxeResults> };
  };
  const { violations } = await inPage.run(document, { resultTypes: ["violations"] });
  return violations.map(({ id, impact, help, nodes }) => ({
    rule: id,
    impact: impact ?? "minor",
    help,
    where: nodes.slice(0, 3).map((node) => node.target.map(String).join(" ")),
    count: nodes.length,
  }));
}
