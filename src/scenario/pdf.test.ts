import { array, assert, integer, property } from "fast-check";
import { PDFDocument } from "pdf-lib";
import { beforeAll, expect, test } from "vitest";
import { inspectPdf } from "./pdf.ts";

let packed: Uint8Array;
let plain: Uint8Array;

beforeAll(async () => {
  const document = await PDFDocument.create();
  for (const name of ["one", "two", "three"]) document.addPage([200, 200]).drawText(name);
  packed = await document.save();
  plain = await document.save({ useObjectStreams: false });
});

const bytes = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));

test("counts the pages of a PDF with a cross-reference table", () => {
  expect(inspectPdf(plain)).toMatchObject({ ok: true, pages: 3 });
});

test("counts the pages of a PDF with packed objects", () => {
  expect(inspectPdf(packed)).toMatchObject({ ok: true, pages: 3 });
});

test("counts the pages of a PDF written by hand", () => {
  expect(inspectPdf(handWritten())).toMatchObject({ ok: true, pages: 1 });
});

test("refuses a PDF cut short anywhere", () => {
  for (const whole of [plain, packed]) {
    for (let size = 0; size < whole.length - 6; size += 7) {
      expect(inspectPdf(whole.slice(0, size)), `cut at ${size}`).toMatchObject({ ok: false });
    }
  }
});

test("refuses a PDF that lost bytes in the middle", () => {
  for (const whole of [plain, packed]) {
    const middle = Math.floor(whole.length / 2);
    const lost = Buffer.concat([whole.slice(0, middle), whole.slice(middle + 40)]);
    expect(inspectPdf(lost)).toMatchObject({ ok: false });
  }
});

test.each([
  ["nothing", "", /begin with %PDF-/],
  ["an HTML page", "<html>login</html>", /begin with %PDF-/],
  ["HTML dressed as a PDF", "%PDF-1.7\n<html>login</html>\n%%EOF", /startxref/],
  [
    "a startxref into nowhere",
    "%PDF-1.7\n<html></html>\nstartxref\n9\n%%EOF\n",
    /no cross-reference at byte 9/,
  ],
  [
    "a startxref beyond the end",
    "%PDF-1.7\nstartxref\n99999\n%%EOF\n",
    /no cross-reference at byte 99999/,
  ],
  [
    "a trailer without a catalog",
    "%PDF-1.7\nxref\n0 0\ntrailer\n<< >>\nstartxref\n9\n%%EOF\n",
    /no catalog/,
  ],
  [
    "a table that ends early",
    "%PDF-1.7\nxref\n0 5\ntrailer\n<< >>\nstartxref\n9\n%%EOF\n",
    /table is broken/,
  ],
  [
    "a catalog that is missing",
    "%PDF-1.7\nxref\n0 0\ntrailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n",
    /object 1 is missing/,
  ],
])("refuses %s", (_, text, why) => {
  const pdf = inspectPdf(bytes(text));
  expect(pdf.ok ? "" : pdf.why).toMatch(why);
});

test("refuses a PDF without a page", () => {
  expect(inspectPdf(handWritten({ kids: "" }))).toEqual({ ok: false, why: "it has no page" });
});

test("refuses a page tree that goes in circles", () => {
  expect(inspectPdf(handWritten({ kids: "2 0 R" }))).toMatchObject({ ok: false });
});

test("refuses an encrypted PDF as one that it cannot look into", () => {
  const pdf = inspectPdf(handWritten({ trailer: "/Encrypt 3 0 R" }));
  expect(pdf.ok ? "" : pdf.why).toMatch(/encrypted/);
});

test("damaged bytes are refused or harmless, never thrown at", () => {
  assert(
    property(
      array(integer({ min: 0, max: 100_000 }), { minLength: 1, maxLength: 20 }),
      (places) => {
        for (const whole of [plain, packed]) {
          const damaged = whole.slice();
          for (const place of places) damaged[place % damaged.length] = place % 251;
          expect(inspectPdf(damaged)).toHaveProperty("ok");
        }
      },
    ),
  );
});

function handWritten({ kids = "3 0 R", trailer = "" } = {}): Uint8Array {
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R /Note (a \\) text \\\\) >>",
    `<< /Type /Pages /Kids [${kids}] /Count 1 >>`,
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9.5 9] % said\n >>",
  ];
  let text = "%PDF-1.4\n";
  const offsets = objects.map((object, at) => {
    const offset = text.length;
    text += `${at + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const start = text.length;
  const rows = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  text += `xref\n0 4\n0000000000 65535 f \n${rows}trailer\n<< /Size 4 /Root 1 0 R ${trailer} >>\nstartxref\n${start}\n%%EOF\n`;
  return bytes(text);
}
