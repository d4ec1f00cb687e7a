import { PdfFile } from "./pdf-file.ts";
import { entry, PdfFlaw } from "./pdf-syntax.ts";
import type { PdfValue } from "./pdf-syntax.ts";
import { textOf } from "./pdf-text.ts";

export type PdfText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly why: string };

export type Pdf =
  | {
      readonly ok: true;
      readonly pages: number;
      /** The text that its pages show, or why it cannot be read. */
      readonly text: () => PdfText;
    }
  | { readonly ok: false; readonly why: string };

const MOST_PAGES = 50_000;

/**
 * Whether bytes are a whole PDF: header, `%%EOF`, the cross-reference that `startxref` names, a catalog at the place
 * it gives, and a page tree in which every page is where it should be. Truncated files lose one of these.
 */
export function inspectPdf(bytes: Uint8Array): Pdf {
  return guarded(() => {
    const file = new PdfFile(bytes);
    const pages = pagesOf(file);
    const text = () => guarded(() => ({ ok: true as const, text: textOf(pages, file) }));
    return { ok: true as const, pages: pages.length, text };
  });
}

function guarded<T>(read: () => T): T | { readonly ok: false; readonly why: string } {
  try {
    return read();
  } catch (error) {
    if (error instanceof PdfFlaw) return { ok: false, why: error.message };
    // Foreign bytes that end the stack or make a text too long: nothing to look into.
    if (error instanceof RangeError)
      return { ok: false, why: "it is too entangled to be looked into" };
    throw error;
  }
}

/** The pages in order, each with the resources that it has or inherits. */
function pagesOf(file: PdfFile): readonly Page[] {
  const root = entry(file.trailer, "/Root", "reference");
  if (root === undefined) throw new PdfFlaw("its trailer names no catalog");
  const catalog = file.object(root.number);
  if (entry(catalog, "/Type", "name")?.name !== "/Catalog")
    throw new PdfFlaw("its root is no catalog");
  const tree = entry(catalog, "/Pages", "reference");
  if (tree === undefined) throw new PdfFlaw("its catalog names no pages");
  const seen = new Set<number>();
  const waiting: Waiting[] = [{ number: tree.number, resources: undefined }];
  const pages: Page[] = [];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next.number) || seen.add(next.number).size > MOST_PAGES)
      throw new PdfFlaw("its page tree goes in circles or is too large");
    const node = file.object(next.number);
    const resources = field(node, "/Resources") ?? next.resources;
    const kids = entry(node, "/Kids", "array");
    if (kids) waiting.push(...kidsOf(kids, resources).toReversed());
    else if (entry(node, "/Type", "name")?.name === "/Page") pages.push({ node, resources });
    else throw new PdfFlaw(`object ${next.number} in its page tree is no page`);
  }
  if (pages.length === 0) throw new PdfFlaw("it has no page");
  return pages;
}

export interface Page {
  readonly node: PdfValue;
  readonly resources: PdfValue | undefined;
}

interface Waiting {
  readonly number: number;
  readonly resources: PdfValue | undefined;
}

function kidsOf(
  { items }: Extract<PdfValue, { kind: "array" }>,
  resources: PdfValue | undefined,
): readonly Waiting[] {
  return items.flatMap((kid) =>
    kid.kind === "reference" ? [{ number: kid.number, resources }] : [],
  );
}

function field(node: PdfValue, key: string): PdfValue | undefined {
  return node.kind === "dictionary" ? node.entries.get(key) : undefined;
}
