import { existsSync } from "node:fs";
import type * as PdfLib from "pdf-lib";

/** What is used of pdf-lib. */
export type PdfLibrary = Pick<typeof PdfLib, "PDFDocument" | "StandardFonts" | "rgb">;

/** Loads pdf-lib: the file that a release carries, or the installed package in a checkout. */
export async function loadPdfLibrary(): Promise<PdfLibrary> {
  const carried = new URL("../../vendor/pdf-lib.js", import.meta.url);
  const library: PdfLibrary = await import(existsSync(carried) ? carried.href : "pdf-lib");
  return library;
}
