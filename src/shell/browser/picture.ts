import type { Frame, Locator, Page as Tab } from "playwright-core";
import type { InPageDocument, InPageElement } from "./dom.ts";

declare const document: InPageDocument;

const MOST_HEIGHT = 6000;
const MOST_FRAMES = 20;
const COVER = "#3b3b46";

/** A picture of the page, with everything covered that shows a hidden value. */
export async function takePicture(
  tab: Tab,
  {
    whole,
    hidden,
    timeoutMs,
  }: { readonly whole: boolean; readonly hidden: readonly string[]; readonly timeoutMs: number },
): Promise<Uint8Array> {
  const mask = await covered(tab, hidden);
  const size = whole ? await sizeOf(tab) : undefined;
  return tab.screenshot({
    timeout: timeoutMs,
    animations: "disabled",
    caret: "hide",
    mask,
    maskColor: COVER,
    ...(size && { fullPage: true, clip: { x: 0, y: 0, ...size } }),
  });
}

function sizeOf(tab: Tab): Promise<{ width: number; height: number }> {
  return tab.evaluate((most) => {
    const { scrollWidth, scrollHeight } = document.documentElement;
    return {
      width: Math.max(1, Math.min(scrollWidth, most)),
      height: Math.max(1, Math.min(scrollHeight, most)),
    };
  }, MOST_HEIGHT);
}

async function covered(tab: Tab, hidden: readonly string[]): Promise<Locator[]> {
  const values = hidden.filter((value) => value.length > 0);
  if (values.length === 0) return [];
  const found: Locator[] = [];
  for (const frame of tab.frames().slice(0, MOST_FRAMES))
    found.push(...(await inFrame(frame, values)));
  return found;
}

async function inFrame(frame: Frame, values: readonly string[]): Promise<readonly Locator[]> {
  const all = frame.locator("*");
  // The innermost element that shows it: a field by its value, anything else by its own text.
  const indexes = await all.evaluateAll((nodes, wanted) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- within the page they are
    const elements = nodes as unknown as readonly InPageElement[];
    const shows = (element: InPageElement) => {
      const { value } = element;
      const own = [...element.childNodes]
        .filter((node) => node.nodeType === 3)
        .map((node) => node.textContent ?? "")
        .join("");
      const texts = [typeof value === "string" ? value : "", own];
      return wanted.some((each) => texts.some((text) => text.includes(each)));
    };
    return elements.flatMap((element, index) =>
      index > 0 && !["SCRIPT", "STYLE", "HEAD"].includes(element.tagName) && shows(element)
        ? [index]
        : [],
    );
  }, values);
  return indexes.slice(0, 200).map((index) => all.nth(index));
}
