import type { PdfFile } from "./pdf-file.ts";
import { decoderOf } from "./pdf-font.ts";
import type { Decoder } from "./pdf-font.ts";
import { PdfFlaw } from "./pdf-syntax.ts";
import type { PdfValue } from "./pdf-syntax.ts";
import type { Page } from "./pdf.ts";

const MOST_TOKENS = 5_000_000;

/** The text that the pages show, blanks joined. Whatever cannot be read for sure is a flaw, never left out. */
export function textOf(pages: readonly Page[], file: PdfFile): string {
  const fonts = new Map<PdfValue, Decoder>();
  const texts = pages.map((page) => pageText(page, { file, fonts }));
  const text = texts.join("\n").replaceAll(/\s+/g, " ").trim();
  if (text === "") throw new PdfFlaw("it shows no text (its pages may be pictures)");
  return text;
}

interface Reading {
  readonly file: PdfFile;
  readonly fonts: Map<PdfValue, Decoder>;
}

function pageText({ node, resources }: Page, reading: Reading): string {
  const { file } = reading;
  const at = (value: PdfValue | undefined, key: string) => {
    const inner = value?.kind === "dictionary" ? value.entries.get(key) : undefined;
    return inner?.kind === "reference" ? file.object(inner.number) : inner;
  };
  const own = resources?.kind === "reference" ? file.object(resources.number) : resources;
  const contents = contentsOf(node, file);
  const pieces: string[] = [];
  let decode: Decoder | undefined;
  for (const { operator, operands } of operations(contents)) {
    if (operator === "Tf") decode = fontOf(at(at(own, "/Font"), operands[0] ?? ""), reading);
    else if (operator === "Do") checkPicture(at(own, "/XObject"), operands[0] ?? "", file);
    else if (SHOWS.has(operator)) pieces.push(shown(operator, operands, decode));
    else if (MOVES.has(operator)) pieces.push(" ");
  }
  return pieces.join("");
}

const SHOWS = new Set(["Tj", "TJ", "'", '"']);
const MOVES = new Set(["Td", "TD", "T*", "Tm", "BT", "ET"]);

function contentsOf(node: PdfValue, file: PdfFile): string {
  let contents = node.kind === "dictionary" ? node.entries.get("/Contents") : undefined;
  if (contents === undefined) return "";
  if (contents.kind === "reference") {
    const { number } = contents;
    const place = file.places.get(number);
    // An array of streams may itself be referred to.
    const target = place?.in === "stream" ? file.object(number) : undefined;
    const list = target ?? file.object(number);
    if (list.kind !== "array") return file.stream(number).data;
    contents = list;
  }
  if (contents.kind !== "array") throw new PdfFlaw("the contents of a page are broken");
  return contents.items
    .map((item) => {
      if (item.kind !== "reference") throw new PdfFlaw("the contents of a page are broken");
      return file.stream(item.number).data;
    })
    .join("\n");
}

function fontOf(font: PdfValue | undefined, { file, fonts }: Reading): Decoder {
  if (font === undefined) throw new PdfFlaw("a font of its text is missing");
  const known = fonts.get(font) ?? decoderOf(font, file);
  fonts.set(font, known);
  return known;
}

/** A picture holds no text; anything else that is drawn from elsewhere may. */
function checkPicture(objects: PdfValue | undefined, name: string, file: PdfFile): void {
  const found = objects?.kind === "dictionary" ? objects.entries.get(name) : undefined;
  const target = found?.kind === "reference" ? file.object(found.number) : undefined;
  const kind = target?.kind === "dictionary" ? target.entries.get("/Subtype") : undefined;
  if (kind?.kind !== "name" || kind.name !== "/Image")
    throw new PdfFlaw("its pages draw forms, whose text cannot be read");
}

function shown(operator: string, operands: readonly string[], decode: Decoder | undefined): string {
  if (decode === undefined) throw new PdfFlaw("a text in it has no font");
  const lead = operator === "'" || operator === '"' ? " " : "";
  return operands.reduce((text, each) => {
    if (/^[<(]/.test(each)) return text + decode(bytesOf(each));
    // In thousandths of the size: a wide step back is how a blank is drawn.
    return operator === "TJ" && Number(each) < -180 ? `${text} ` : text;
  }, lead);
}

interface Operation {
  readonly operator: string;
  readonly operands: readonly string[];
}

// Comments, marks of dictionaries and lists, strings in hex, names, numbers, operators. Strings in brackets nest.
const TOKEN =
  /%[^\r\n]*|\(|<<|>>|<[\da-fA-F\s]*>|\/[^\s()<>[\]{}/%]*|[[\]]|[+-]?(?:\d+\.?\d*|\.\d+)|[A-Za-z'"*][A-Za-z\d*'"]*|\S/g;

/** The operations of a content stream, with the operands before each. */
function* operations(contents: string): Generator<Operation> {
  let operands: string[] = [];
  for (const token of tokens(contents)) {
    if (token === "BI") throw new PdfFlaw("its pages hold pictures among the text");
    if (token.startsWith("%") || token === "[" || token === "]") continue;
    if (!/^[A-Za-z'"*]/.test(token)) operands.push(token);
    else if (!["true", "false", "null"].includes(token)) {
      yield { operator: token, operands };
      operands = [];
    }
  }
}

function* tokens(contents: string): Generator<string> {
  let at = 0;
  for (let count = 0; count < MOST_TOKENS; count++) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(contents);
    if (found === null) return;
    at = found[0] === "(" ? endOf(contents, found.index) : TOKEN.lastIndex;
    yield contents.slice(found.index, at);
  }
  throw new PdfFlaw("its pages hold too much to be read");
}

/** Where the string that begins here ends. */
function endOf(contents: string, start: number): number {
  let open = 0;
  for (let at = start; at < contents.length; at++) {
    const char = contents[at];
    if (char === "\\") at++;
    else if (char === "(") open++;
    else if (char === ")" && --open === 0) return at + 1;
  }
  throw new PdfFlaw("a text in it does not end");
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };

/** The bytes of a written string, as latin-1. */
function bytesOf(written: string): string {
  if (written.startsWith("<")) {
    const digits = written.slice(1, -1).replaceAll(/\s/g, "");
    return Buffer.from(digits.length % 2 === 0 ? digits : `${digits}0`, "hex").toString("latin1");
  }
  return written.slice(1, -1).replaceAll(/\\([0-7]{1,3}|\r\n|[^])/g, (_, escaped: string) => {
    if (/^[0-7]/.test(escaped)) return String.fromCharCode(Number.parseInt(escaped, 8) & 0xff);
    if (/^[\r\n]/.test(escaped)) return "";
    return ESCAPES[escaped] ?? escaped;
  });
}
