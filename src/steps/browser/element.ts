import { nearest } from "../../lib/nearest.ts";
import { Fault } from "../../model/failure.ts";
import type { ElementAct } from "../../ports/browser.ts";
import type { Visiting } from "./visiting.ts";

/** What a step found out. */
export interface Done {
  readonly checks: number;
  readonly said: string;
}

/** Does it, and when nothing is found says what may have been meant. */
export async function actOn(
  { page }: Pick<Visiting, "page">,
  selector: string,
  act: ElementAct,
): Promise<void> {
  try {
    await page.act(selector, act);
  } catch (error) {
    if (!(error instanceof Fault) || error.failure.code !== "page-no-element") throw error;
    throw new Fault({
      ...error.failure,
      fix: `${await meant(page, selector)}${error.failure.fix}`,
    });
  }
}

/** The name on the page that is nearest to a selector that finds nothing, as the beginning of a fix. */
export async function meant(page: Visiting["page"], selector: string): Promise<string> {
  const names = await page.names().catch(() => []);
  const near = nearest(selector, names);
  return near === undefined ? "" : `Did you mean ${near}? `;
}
