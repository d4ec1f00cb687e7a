import type { Page as Tab } from "playwright-core";
import { Fault } from "../../model/failure.ts";
import type { ElementState } from "../../ports/browser.ts";
import { badSelector } from "./act.ts";
import type { InPageDocument, InPageElement, InPageStyle } from "./dom.ts";

declare const document: InPageDocument;
declare const screen: { readonly width: number };
declare const getComputedStyle: InPageStyle;

const MOST_ELEMENTS = 1000;

/** Every element that the selector finds, as it stands now. */
export async function elements(
  tab: Tab,
  selector: string,
  { attribute, style }: { readonly attribute?: string; readonly style?: string },
): Promise<readonly ElementState[]> {
  const wish = { attribute, style, most: MOST_ELEMENTS };
  try {
    return await tab.locator(selector).evaluateAll(inPage, wish);
  } catch (error) {
    const words = error instanceof Error ? error.message : "";
    throw badSelector(selector, words) ?? replaced(words) ?? error;
  }
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- to Playwright they are elements of a browser's own kind
const inPage = stateOf as unknown as (
  found: unknown,
  wish: Parameters<typeof stateOf>[1],
) => ElementState[];

/** Runs within the page. */
function stateOf(
  found: readonly InPageElement[],
  wish: { attribute: string | undefined; style: string | undefined; most: number },
): ElementState[] {
  return found.slice(0, wish.most).map((element) => {
    const shown = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const text = element.innerText ?? element.textContent ?? "";
    const { value } = element;
    return {
      text: text.replaceAll(/\s+/g, " ").trim().slice(0, 10_000),
      isVisible: box.width > 0 && box.height > 0 && shown.visibility === "visible",
      ...(wish.attribute === undefined ? {} : { attribute: element.getAttribute(wish.attribute) }),
      ...(wish.style === undefined ? {} : { style: shown.getPropertyValue(wish.style) }),
      ...(typeof value === "string" ? { value: value.slice(0, 10_000) } : {}),
    };
  });
}

/** Between two pages there is nothing to look at. */
function replaced(words: string): Fault | undefined {
  if (!/context was destroyed|navigation|Frame was detached/i.test(words)) return undefined;
  return new Fault({
    code: "page-being-replaced",
    what: "The page was being replaced by another.",
    fix: "Wait for something that stands on the next page.",
  });
}

/** What a person could have meant: ids, and the words of what can be clicked. */
export function names(tab: Tab): Promise<readonly string[]> {
  return tab.evaluate(() => {
    const ids = [...document.querySelectorAll("[id]")].map((each) => `#${each.id}`);
    const words = [...document.querySelectorAll("a,button,[role=button],label")]
      .map((each) => (each.textContent ?? "").replaceAll(/\s+/g, " ").trim())
      .filter((each) => each !== "" && each.length < 60)
      .map((each) => `text=${each}`);
    return [...new Set([...ids, ...words])].slice(0, 300);
  });
}

/** How much wider than the window the page is, and what makes it so. */
export function overflow(tab: Tab): Promise<{ pixels: number; where: readonly string[] }> {
  return tab.evaluate(() => {
    const wide = document.documentElement.clientWidth;
    // A page may be made to fit by zooming out; the layout is what a person has to scroll.
    const width = Math.min(wide, screen.width || wide);
    const widest = Math.max(
      document.documentElement.scrollWidth,
      document.body === null ? 0 : document.body.scrollWidth,
    );
    const pixels = Math.max(0, widest - width);
    if (pixels === 0) return { pixels, where: [] };
    const isOut = (element: InPageElement | null) =>
      element !== null && element.getBoundingClientRect().right > width + 1;
    // What is within something that sticks out is not to blame.
    const where = [...document.querySelectorAll("body *")]
      .filter((each) => isOut(each) && !isOut(each.parentElement))
      .slice(0, 3)
      .map((each) => {
        const id = each.id === "" ? "" : `#${each.id}`;
        const classes = [...each.classList].map((name) => `.${name}`).join("");
        const right = Math.round(each.getBoundingClientRect().right);
        return `${each.tagName.toLowerCase()}${id}${classes} (${right} px)`;
      });
    return { pixels, where };
  });
}
