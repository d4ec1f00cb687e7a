import type { PDFFont, PDFPage } from "pdf-lib";
import type { Annotation, AnnotationType } from "./annotation.ts";
import type { PdfLibrary } from "./pdf-library.ts";

const A4 = [595.28, 841.89] as const;

const COLORS: Readonly<Record<AnnotationType, readonly [number, number, number]>> = {
  COMMENT: [0.1, 0.35, 0.75],
  HIGHLIGHT: [0.8, 0.6, 0],
  ERROR: [0.8, 0.1, 0.1],
  BONUS: [0.1, 0.55, 0.2],
};

/** What a final PDF is drawn from. */
export interface Sheet {
  readonly title: string;
  /** PNG images. */
  readonly pages: readonly Uint8Array[];
  readonly annotations: readonly Annotation[];
  readonly drawnAt: Date;
}

/** Draws a graded copy: its pages, with every annotation in its box. */
export async function drawPdf(library: PdfLibrary, sheet: Sheet): Promise<Uint8Array> {
  const pdf = await library.PDFDocument.create();
  const font = await pdf.embedFont(library.StandardFonts.Helvetica);
  pdf.setTitle(sheet.title);
  pdf.setCreationDate(sheet.drawnAt);
  for (const [index, image] of sheet.pages.entries()) {
    const page = pdf.addPage([...A4]);
    page.drawImage(await pdf.embedPng(image), { x: 0, y: 0, width: A4[0], height: A4[1] });
    for (const annotation of sheet.annotations.filter(({ page_index }) => page_index === index))
      drawAnnotation(library, { page, font }, annotation);
  }
  return pdf.save();
}

function drawAnnotation(
  { rgb }: PdfLibrary,
  on: { readonly page: PDFPage; readonly font: PDFFont },
  note: Annotation,
): void {
  const color = rgb(...COLORS[note.type]);
  const [x, width, height] = [note.x * A4[0], note.w * A4[0], note.h * A4[1]];
  // PDF counts from the bottom of the page.
  const y = A4[1] - note.y * A4[1] - height;
  on.page.drawRectangle({
    x,
    y,
    width,
    height,
    borderColor: color,
    borderWidth: 1.2,
    color,
    opacity: 0.12,
  });
  on.page.drawText(drawable(`${note.type}: ${note.content}`), {
    x: x + 3,
    y: y + height - 11,
    size: 9,
    lineHeight: 11,
    maxWidth: Math.max(A4[0] - x - 12, 40),
    font: on.font,
    color,
  });
}

// The built-in fonts know Latin-1 only, and pdf-lib throws on the rest.
function drawable(text: string): string {
  return text.replaceAll(/[^\n\u0020-\u007e\u00a0-\u00ff]/gu, "?");
}
