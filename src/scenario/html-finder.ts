import type { HtmlElement, HtmlFinder, Tools } from "./judging.ts";

/** Of larger pages some selectors would take minutes, and deeper ones take long to be read at all. */
const MOST_TAGS = 40_000;
const MOST_OPEN = 10_000;
/** What these hold is for programs, not for readers. */
const UNSEEN = new Set(["script", "style", "template", "noscript"]);
const DEEPEST = 1_000;

/** Makes the reader of HTML pages ready. */
export async function openHtml(): Promise<NonNullable<Tools["html"]>> {
  const [{ parse }, { adapter }, { selectAll }] = await Promise.all([
    import("parse5"),
    import("parse5-htmlparser2-tree-adapter"),
    import("css-select"),
  ]);
  const read = (text: string): Select => {
    const page = parse(text, { treeAdapter: adapter });
    return (selector) => selectAll(selector, page);
  };
  const pages = new Map<string, HtmlFinder>();
  return (text) => {
    const why = tooMuch(text);
    const page = pages.get(text) ?? (why === undefined ? finderOf(read(text)) : () => ({ why }));
    pages.set(text, page);
    return page;
  };
}

/** Why a page is not read: it holds too many tags, or opens too many that it does not close. */
function tooMuch(text: string): string | undefined {
  let [tags, open] = [0, 0];
  for (const [, end] of text.matchAll(/<(\/?)[a-z]/gi)) {
    tags++;
    open = Math.max(0, open + (end === "" ? 1 : -1));
    if (tags > MOST_TAGS) return `the page has more than ${MOST_TAGS} tags`;
    if (open > MOST_OPEN) return "the page is nested too deeply";
  }
  return undefined;
}

type Select = (selector: string) => readonly Node[];

function finderOf(select: Select): HtmlFinder {
  return (selector) => {
    try {
      return select(selector).map(elementOf);
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
