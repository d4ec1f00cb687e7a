import type { HtmlElement, HtmlFinder, Tools } from "./judging.ts";

const MOST_ELEMENTS = 10_000;
/** What these hold is for programs, not for readers. */
const UNSEEN = new Set(["script", "style", "template", "noscript"]);
const DEEPEST = 2_000;

/** Makes the reader of HTML pages ready. */
export async function openHtml(): Promise<NonNullable<Tools["html"]>> {
  // Half of what reads a page, and a third of its time to start: the parser of broken HTML is left out.
  const { load } = await import("cheerio/slim");
  const pages = new Map<string, HtmlFinder>();
  return (text) => {
    const page = pages.get(text) ?? finderOf(load(text));
    pages.set(text, page);
    return page;
  };
}

type Page = ReturnType<(typeof import("cheerio/slim"))["load"]>;

function finderOf(page: Page): HtmlFinder {
  return (selector) => {
    try {
      const found = page(selector).toArray();
      if (found.length > MOST_ELEMENTS)
        return { why: `${selector} finds more than ${MOST_ELEMENTS} elements` };
      return found.map(elementOf);
    } catch (error) {
      // The selector, or a page nested until the stack ends.
      if (!(error instanceof Error)) throw error;
      return { why: `the selector ${selector} cannot be used: ${error.message}` };
    }
  };
}

interface Node {
  readonly type: string;
  readonly data?: string;
  readonly name?: string;
  readonly attribs?: Readonly<Record<string, string>>;
  readonly children?: readonly Node[];
}

function elementOf(node: Node): HtmlElement {
  const pieces: string[] = [];
  collect(node, pieces, 0);
  return {
    text: pieces.join("").replaceAll(/\s+/g, " ").trim(),
    attributes: { ...node.attribs },
  };
}

function collect(node: Node, pieces: string[], depth: number): void {
  if (depth > DEEPEST) throw new RangeError("the page is nested too deeply");
  if (node.type === "text") pieces.push(node.data ?? "");
  if (node.name === "br") pieces.push(" ");
  // What is asked for by name is shown, even a script.
  if (depth > 0 && node.name !== undefined && UNSEEN.has(node.name)) return;
  for (const child of node.children ?? []) collect(child, pieces, depth + 1);
}
