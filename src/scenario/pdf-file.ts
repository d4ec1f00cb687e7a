import { inflateSync } from "node:zlib";
import { entry, PdfFlaw, PdfReader } from "./pdf-syntax.ts";
import type { PdfValue } from "./pdf-syntax.ts";

const MOST_INFLATED = 64 * 1_048_576;
const MOST_SECTIONS = 200;
const MOST_ROWS = 1_000_000;

type Place =
  | { readonly in: "file"; readonly offset: number }
  | { readonly in: "stream"; readonly stream: number; readonly index: number };

/** The objects of one PDF, found through its cross-reference. */
export class PdfFile {
  readonly text: string;
  readonly places = new Map<number, Place>();
  readonly trailer: PdfValue;
  #inflatable = MOST_INFLATED;
  #rows = 0;
  readonly #streams = new Map<number, readonly number[]>();
  readonly #bodies = new Map<number, string>();

  constructor(bytes: Uint8Array) {
    this.text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
    if (!/^%PDF-[12]\.\d/.test(this.text)) throw new PdfFlaw("it does not begin with %PDF-");
    const end = /startxref\s+(\d{1,12})\s+%%EOF\s*$/.exec(this.text.slice(-1_100));
    if (end === null)
      throw new PdfFlaw(
        "it does not end with startxref and %%EOF: it is cut short or something was added",
      );
    this.trailer = this.#sections(Number(end[1]));
    if (
      entry(this.trailer, "/Encrypt", "reference") ??
      entry(this.trailer, "/Encrypt", "dictionary")
    )
      throw new PdfFlaw("it is encrypted and cannot be looked into");
  }

  /** The object with this number, which must be where the cross-reference says. */
  object(number: number): PdfValue {
    const place = this.places.get(number);
    if (place === undefined) throw new PdfFlaw(`object ${number} is missing`);
    return place.in === "file"
      ? this.#header(number, place.offset).value()
      : this.#packed(place.stream, place.index, number);
  }

  /** Dictionary and decoded bytes of the stream with this number. */
  stream(number: number): { readonly dictionary: PdfValue; readonly data: string } {
    const place = this.places.get(number);
    if (place?.in !== "file") throw new PdfFlaw(`stream ${number} is missing`);
    this.#header(number, place.offset);
    return this.#stream(place.offset);
  }

  #header(number: number, offset: number): PdfReader {
    const reader = new PdfReader(this.text, offset);
    const header = reader.take(/(\d+)\s+\d+\s+obj/y);
    if (!header || Number(header[1]) !== number)
      throw new PdfFlaw(`object ${number} is not at byte ${offset}, where it should be`);
    return reader;
  }

  /** Reads all sections, newest first; the trailer of the newest counts. */
  #sections(newest: number): PdfValue {
    const seen = new Set<number>();
    const waiting = [newest];
    let first: PdfValue | undefined;
    for (let offset = waiting.shift(); offset !== undefined; offset = waiting.shift()) {
      if (seen.has(offset)) continue;
      if (seen.add(offset).size > MOST_SECTIONS)
        throw new PdfFlaw("it has too many cross-references");
      const trailer = this.#section(offset);
      first ??= trailer;
      for (const key of ["/XRefStm", "/Prev"]) {
        const more = entry(trailer, key, "number");
        if (more) waiting.push(more.number);
      }
    }
    return first ?? { kind: "other" };
  }

  #section(offset: number): PdfValue {
    const reader = new PdfReader(this.text, offset);
    if (offset < this.text.length && reader.take(/xref(?=\s)/y)) return this.#table(reader);
    if (
      offset < this.text.length &&
      /^\s*\d+\s+\d+\s+obj/.test(this.text.slice(offset, offset + 40))
    )
      return this.#xrefStream(offset);
    throw new PdfFlaw(`there is no cross-reference at byte ${offset}, where startxref points`);
  }

  #table(reader: PdfReader): PdfValue {
    while (!reader.take(/trailer/y)) {
      const head = reader.take(/(\d{1,10})[ ]+(\d{1,10})/y);
      if (!head) throw new PdfFlaw("its cross-reference table is broken");
      for (let at = 0; at < Number(head[2]); at++) {
        const row = reader.take(/(\d{10}) (\d{5}) ([nf])/y);
        if (!row) throw new PdfFlaw("its cross-reference table is broken");
        if (row[3] === "n")
          this.#place(Number(head[1]) + at, { in: "file", offset: Number(row[1]) });
      }
    }
    return reader.value();
  }

  #xrefStream(offset: number): PdfValue {
    const { dictionary, data } = this.#stream(offset);
    if (entry(dictionary, "/Type", "name")?.name !== "/XRef")
      throw new PdfFlaw(`the object at byte ${offset} is no cross-reference`);
    const widths = numbers(dictionary, "/W");
    const index = numbers(dictionary, "/Index") ?? [
      0,
      entry(dictionary, "/Size", "number")?.number ?? 0,
    ];
    if (widths?.length !== 3) throw new PdfFlaw("its cross-reference stream is broken");
    const [kind = 0, second = 0, third = 0] = widths;
    let at = 0;
    const field = (width: number) => {
      let sum = 0;
      for (const end = at + width; at < end; at++) sum = sum * 256 + data.charCodeAt(at);
      return sum;
    };
    for (let pair = 0; pair < index.length; pair += 2) {
      for (let number = 0; number < (index[pair + 1] ?? 0); number++) {
        if (at + kind + second + third > data.length)
          throw new PdfFlaw("its cross-reference stream is cut short");
        const [type, a, b] = [kind === 0 ? 1 : field(kind), field(second), field(third)];
        const name = (index[pair] ?? 0) + number;
        if (type === 1) this.#place(name, { in: "file", offset: a });
        if (type === 2) this.#place(name, { in: "stream", stream: a, index: b });
      }
    }
    return dictionary;
  }

  #place(number: number, place: Place): void {
    if (this.#rows++ > MOST_ROWS) throw new PdfFlaw("it has too many objects");
    if (!this.places.has(number)) this.places.set(number, place);
  }

  #stream(offset: number): { readonly dictionary: PdfValue; readonly data: string } {
    const reader = new PdfReader(this.text, offset);
    reader.take(/\d+\s+\d+\s+obj/y);
    const dictionary = reader.value();
    if (!reader.take(/stream\r?\n/y)) throw new PdfFlaw(`the stream at byte ${offset} is broken`);
    const length = entry(dictionary, "/Length", "reference");
    const size = length ? this.object(length.number) : entry(dictionary, "/Length", "number");
    if (size?.kind !== "number") throw new PdfFlaw(`the stream at byte ${offset} has no length`);
    const raw = this.text.slice(reader.at, reader.at + size.number);
    reader.at += size.number;
    if (!reader.take(/endstream/y))
      throw new PdfFlaw(`the stream at byte ${offset} does not end where it should`);
    return { dictionary, data: this.#decode(raw, dictionary) };
  }

  #decode(raw: string, dictionary: PdfValue): string {
    const filters = entry(dictionary, "/Filter", "array")?.items ?? [
      entry(dictionary, "/Filter", "name") ?? { kind: "other" as const },
    ];
    const names = filters.flatMap((filter) => (filter.kind === "name" ? [filter.name] : []));
    if (names.length === 0) return raw;
    if (names.length > 1 || names[0] !== "/FlateDecode")
      throw new PdfFlaw(`it uses ${names.join(" ")}, which cannot be looked into`);
    const inflated = this.#inflate(raw);
    const parameters = entry(dictionary, "/DecodeParms", "dictionary");
    const predictor = entry(parameters, "/Predictor", "number")?.number ?? 1;
    if (predictor === 1) return inflated.toString("latin1");
    if (predictor < 10)
      throw new PdfFlaw(`it uses predictor ${predictor}, which cannot be looked into`);
    return unpredict(inflated, entry(parameters, "/Columns", "number")?.number ?? 1).toString(
      "latin1",
    );
  }

  #inflate(raw: string): Buffer {
    try {
      const data = inflateSync(Buffer.from(raw, "latin1"), { maxOutputLength: this.#inflatable });
      this.#inflatable -= data.length;
      return data;
    } catch {
      // Whatever zlib says, it is about these bytes: damaged, cut, or a bomb.
      throw new PdfFlaw("a compressed stream in it is damaged or too large");
    }
  }

  #packed(stream: number, index: number, number: number): PdfValue {
    this.#unpack(stream);
    const at = this.#streams.get(stream) ?? [];
    if (at[index * 2] !== number)
      throw new PdfFlaw(`object ${number} is not in stream ${stream}, where it should be`);
    return new PdfReader(this.#bodies.get(stream) ?? "", at[index * 2 + 1] ?? 0).value();
  }

  #unpack(stream: number): void {
    if (this.#streams.has(stream)) return;
    const { dictionary, data } = this.stream(stream);
    const first = entry(dictionary, "/First", "number")?.number ?? 0;
    const head = data.slice(0, first).trim().split(/\s+/).map(Number);
    this.#streams.set(
      stream,
      head.map((value, at) => (at % 2 === 0 ? value : value + first)),
    );
    this.#bodies.set(stream, data);
  }
}

function numbers(dictionary: PdfValue, key: string): readonly number[] | undefined {
  const found = entry(dictionary, key, "array");
  return found?.items.map((item) => (item.kind === "number" ? item.number : 0));
}

/** Takes PNG prediction back, for one byte per sample as cross-references have it. */
function unpredict(data: Buffer, columns: number): Buffer {
  const rows = Math.floor(data.length / (columns + 1));
  const plain = Buffer.alloc(rows * columns);
  for (let row = 0; row < rows; row++) {
    const kind = data[row * (columns + 1)] ?? 0;
    for (let column = 0; column < columns; column++) {
      const at = row * columns + column;
      const left = column > 0 ? (plain[at - 1] ?? 0) : 0;
      const up = row > 0 ? (plain[at - columns] ?? 0) : 0;
      const corner = row > 0 && column > 0 ? (plain[at - columns - 1] ?? 0) : 0;
      plain[at] = (data[row * (columns + 1) + 1 + column] ?? 0) + guess(kind, [left, up, corner]);
    }
  }
  return plain;
}

function guess(kind: number, [left, up, corner]: readonly [number, number, number]): number {
  if (kind === 1) return left;
  if (kind === 2) return up;
  if (kind === 3) return Math.floor((left + up) / 2);
  if (kind !== 4) return 0;
  const [a, b, c] = [
    Math.abs(up - corner),
    Math.abs(left - corner),
    Math.abs(left + up - 2 * corner),
  ];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}
