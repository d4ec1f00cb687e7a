import type { PdfFile } from "./pdf-file.ts";
import { entry, PdfFlaw } from "./pdf-syntax.ts";
import type { PdfValue } from "./pdf-syntax.ts";

/** Makes text of the bytes that a content stream shows. */
export type Decoder = (bytes: string) => string;

/** How the codes of a font are read: by its ToUnicode table, else by a standard encoding. Anything else is a flaw. */
export function decoderOf(font: PdfValue, file: PdfFile): Decoder {
  const table = entry(font, "/ToUnicode", "reference");
  if (table !== undefined) return byTable(file.stream(table.number).data);
  const base = entry(font, "/BaseFont", "name")?.name ?? "";
  const kind = entry(font, "/Subtype", "name")?.name ?? "";
  const encoding = entry(font, "/Encoding", "name")?.name;
  const isSimple = kind === "/Type1" || kind === "/TrueType";
  const hasOther = font.kind === "dictionary" && font.entries.has("/Encoding");
  if (!isSimple || /Symbol|ZapfDingbats/.test(base) || (encoding === undefined && hasOther))
    throw new PdfFlaw(`the font ${base.slice(1) || "without a name"} does not say its characters`);
  if (encoding === "/WinAnsiEncoding") return by("windows-1252");
  if (encoding === "/MacRomanEncoding") return by("macintosh");
  return standard;
}

function by(charset: string): Decoder {
  const decoder = new TextDecoder(charset);
  return (bytes) => decoder.decode(Buffer.from(bytes, "latin1"));
}

/** StandardEncoding is ASCII but for two quotes; what lies beyond is not guessed. */
function standard(bytes: string): string {
  if (/[^\t\n\r -~]/.test(bytes))
    throw new PdfFlaw("a text in it uses characters that are not known");
  return bytes.replaceAll("'", "\u2019").replaceAll("`", "\u2018");
}

const MOST_CODES = 200_000;

/** A ToUnicode table: codes of one or two bytes → UTF-16. */
function byTable(table: string): Decoder {
  const width = (/begincodespacerange\s*<([\da-fA-F]+)>/.exec(table)?.[1]?.length ?? 4) / 2;
  const codes = new Map<number, string>();
  const learn = (code: number, text: string) => {
    if (codes.set(code, text).size > MOST_CODES) throw new PdfFlaw("a font in it is too large");
  };
  for (const rows of between(table, "bfchar"))
    for (const [, code = "", text = ""] of rows.matchAll(/<([\da-fA-F]+)>\s*<([\da-fA-F\s]*)>/g))
      learn(Number.parseInt(code, 16), utf16(text));
  for (const rows of between(table, "bfrange")) learnRanges(rows, learn);
  return (bytes) => {
    let text = "";
    for (let at = 0; at < bytes.length; at += width) {
      let code = 0;
      for (let each = at; each < at + width; each++) code = code * 256 + bytes.charCodeAt(each);
      const known = codes.get(code);
      if (known === undefined)
        throw new PdfFlaw("a text in it uses characters that its font does not name");
      text += known;
    }
    return text;
  };
}

/** What stands between `begin…` and `end…`. */
function between(table: string, word: string): readonly string[] {
  const parts = table.split(`begin${word}`).slice(1);
  return parts.map((part) => part.split(`end${word}`)[0] ?? "");
}

const RANGE =
  /<([\da-fA-F]+)>\s*<([\da-fA-F]+)>\s*(?:<([\da-fA-F\s]+)>|\[((?:\s*<[\da-fA-F\s]*>)*)\s*\])/g;

function learnRanges(rows: string, learn: (code: number, text: string) => void): void {
  for (const [, from = "", to = "", start, list] of rows.matchAll(RANGE)) {
    const [low, high] = [Number.parseInt(from, 16), Number.parseInt(to, 16)];
    const texts = [...(list ?? "").matchAll(/<([\da-fA-F\s]*)>/g)].map(([, text = ""]) =>
      utf16(text),
    );
    const first = start === undefined ? "" : utf16(start);
    const last = first.charCodeAt(first.length - 1);
    for (let code = low; code <= high; code++)
      learn(
        code,
        start === undefined
          ? (texts[code - low] ?? "")
          : first.slice(0, -1) + String.fromCharCode(last + code - low),
      );
  }
}

function utf16(hex: string): string {
  const bytes = Buffer.from(hex.replaceAll(/\s/g, ""), "hex");
  return bytes.length % 2 === 0 ? bytes.swap16().toString("utf16le") : bytes.toString("latin1");
}
