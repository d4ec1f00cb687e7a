import { decoded } from "./body-decoded.ts";
import type { Found } from "./filter.ts";
import { error, value } from "./filter.ts";
import type { Answer } from "./jar.ts";
import { readJson } from "./json-read.ts";
import { inspectPdf } from "./pdf.ts";

/** The body of one answer as what it says to be; each way of reading it is gone once, however many ask. */
export interface Reading {
  text(): Found;
  json(): Found;
  pages(): Found;
  pdfText(): Found;
}

/** Readings by answer: many expectations look at one body. */
const readings = new WeakMap<Answer, Reading>();

/** How the body of this answer reads. */
export function readingOf(answer: Answer): Reading {
  const known = readings.get(answer);
  if (known) return known;
  const body = once(() => decoded(answer));
  const reads = (read: (plain: Uint8Array) => Found) =>
    once(() => {
      const plain = body();
      return plain.ok ? read(plain.body) : error(plain.why);
    });
  let inspected: ReturnType<typeof inspectPdf> | undefined;
  const pdf = (plain: Uint8Array) => (inspected ??= inspectPdf(plain));
  const text = reads((plain) => readText(plain, answer));
  const made: Reading = {
    text,
    json: once(() => jsonOf(text())),
    pages: reads((plain) => pagesOf(pdf(plain))),
    pdfText: reads((plain) => pdfTextOf(pdf(plain))),
  };
  readings.set(answer, made);
  return made;
}

function once<T>(make: () => T): () => T {
  let made: { readonly it: T } | undefined;
  return () => (made ??= { it: make() }).it;
}

function readText(plain: Uint8Array, answer: Answer): Found {
  const charset =
    /charset="?([\w-]+)/i.exec(headerOf(answer, "content-type") ?? "")?.[1] ?? "utf-8";
  try {
    return value(new TextDecoder(charset, { fatal: true }).decode(plain));
  } catch {
    return error(`the body is not text in ${charset}`);
  }
}

function jsonOf(text: Found): Found {
  if (text.found !== "value" || typeof text.value !== "string") return text;
  try {
    return value(readJson(text.value));
  } catch (caught) {
    // The body is foreign; whatever is wrong with it is what there is to say.
    if (!(caught instanceof Error)) throw caught;
    return error(
      text.value === ""
        ? "the body is empty, not JSON"
        : `the body cannot be read as JSON: ${caught.message}`,
    );
  }
}

function pagesOf(pdf: ReturnType<typeof inspectPdf>): Found {
  return pdf.ok
    ? value(pdf.pages)
    : { found: "nothing", why: `the body is no whole PDF: ${pdf.why}` };
}

function pdfTextOf(pdf: ReturnType<typeof inspectPdf>): Found {
  if (!pdf.ok) return { found: "nothing", why: `the body is no whole PDF: ${pdf.why}` };
  const text = pdf.text();
  return text.ok ? value(text.text) : error(`its text cannot be read: ${text.why}`);
}

/** A header of the answer in lower case. */
export function headerOf(answer: Answer, name: string): string | undefined {
  return answer.headers.find(([key]) => key.toLowerCase() === name)?.[1].toLowerCase();
}
