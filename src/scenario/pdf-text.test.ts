import { PDFDocument, PDFName, StandardFonts } from "pdf-lib";
import { expect, test } from "vitest";
import { sayOf } from "../../test/rig/judge-answer.ts";
import { inspectPdf } from "./pdf.ts";

async function draw(texts: readonly string[], font: StandardFonts = StandardFonts.Helvetica) {
  const document = await PDFDocument.create();
  const used = await document.embedFont(font);
  for (const text of texts) document.addPage([300, 200]).drawText(text, { font: used, size: 12 });
  return document;
}

function read(bytes: Uint8Array) {
  const pdf = inspectPdf(bytes);
  if (!pdf.ok) throw new Error(pdf.why);
  return pdf.text();
}

/** One page with these contents, without a font dictionary of its own but Helvetica as F1. */
async function contents(stream: string, change: (document: PDFDocument) => void = () => undefined) {
  const document = await draw(["x"]);
  const [page] = document.getPages();
  const name = page?.node.normalizedEntries().Font.keys()[0];
  page?.node.set(
    PDFName.of("Contents"),
    document.context.register(document.context.flateStream(stream.replaceAll("/F1", String(name)))),
  );
  change(document);
  return document.save();
}

test("reads the text of all pages in order", async () => {
  const bytes = await (await draw(["Grade: 17 / 20", "Müller (Anna) – ok €"])).save();
  expect(read(bytes)).toEqual({ ok: true, text: "Grade: 17 / 20 Müller (Anna) – ok €" });
  const query = { of: "pdf_text" } as const;
  expect(await sayOf(query, { contains: "17 / 20" }, { body: bytes })).toBe("passed");
  expect(await sayOf(query, { contains: "18 / 20" }, { body: bytes })).toMatch(/^failed/);
});

test("reads strings in all their forms, and steps as blanks", async () => {
  const bytes = await contents(
    "BT /F1 12 Tf (a\\(b\\)\\101 \\\\) Tj [(Hel) 20 (lo) -250 (you)] TJ T* <5a> Tj (n (in) n) Tj ET",
  );
  expect(read(bytes)).toEqual({ ok: true, text: "a(b)A \\Hello you Zn (in) n" });
});

test.each([
  ["no text", "0 0 10 10 re f", /shows no text/],
  ["a form", "BT /F1 12 Tf (a) Tj ET /X1 Do", /draw forms/],
  ["a picture in between", "BT /F1 12 Tf (a) Tj ET BI /W 1 ID x EI", /pictures among the text/],
  ["no font", "BT (a) Tj ET", /no font/],
  ["a font that is missing", "BT /Nope 12 Tf (a) Tj ET", /font of its text is missing/],
])("text of a page with %s is an error", async (_, stream, why) => {
  const bytes = await contents(stream);
  expect(read(bytes)).toMatchObject({ ok: false, why: expect.stringMatching(why) as string });
  const told = await sayOf({ of: "pdf_text" }, { not: { contains: "error" } }, { body: bytes });
  expect(told).toMatch(/^error: pdf text cannot be judged: its text cannot be read/);
});

test("a font of signs does not say its characters", async () => {
  expect(read(await (await draw(["✓"], StandardFonts.ZapfDingbats)).save())).toMatchObject({
    ok: false,
  });
});

test("text of a fake or cut PDF fails", async () => {
  const whole = await (await draw(["hello"])).save();
  for (const body of ["<html>hello</html>", whole.slice(0, -30)])
    expect(await sayOf({ of: "pdf_text" }, { contains: "hello" }, { body })).toMatch(
      /^failed: .*no whole PDF/,
    );
});
