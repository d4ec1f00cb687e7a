/** A PDF object, as far as a check of its structure needs: names carry their slash. */
export type PdfValue =
  | { readonly kind: "dictionary"; readonly entries: ReadonlyMap<string, PdfValue> }
  | { readonly kind: "array"; readonly items: readonly PdfValue[] }
  | { readonly kind: "reference"; readonly number: number }
  | { readonly kind: "number"; readonly number: number }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "other" };

/** Where reading stopped, and why a text is no PDF. */
export class PdfFlaw extends Error {}

const DEEPEST = 60;
const OTHER: PdfValue = { kind: "other" };

/** Reads PDF objects from latin-1 text, from an offset on. https://www.iso.org/standard/75839.html, 7.3 */
export class PdfReader {
  readonly text: string;
  at: number;

  constructor(text: string, at: number) {
    this.text = text;
    this.at = at;
  }

  /** Skips white space and comments, then takes what the sticky pattern matches. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    this.#skip();
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) return undefined;
    this.at = pattern.lastIndex;
    return found;
  }

  value(depth = 0): PdfValue {
    if (depth > DEEPEST) throw new PdfFlaw("its objects are nested too deeply");
    if (this.take(/<</y)) return this.#dictionary(depth);
    if (this.take(/\[/y)) return this.#array(depth);
    const reference = this.take(/(\d{1,10})\s+\d{1,5}\s+R(?![A-Za-z])/y);
    if (reference) return { kind: "reference", number: Number(reference[1]) };
    const number = this.take(/[+-]?(?:\d+\.?\d*|\.\d+)/y);
    if (number) return { kind: "number", number: Number(number[0]) };
    const name = this.take(/\/[^\s()<>[\]{}/%]*/y);
    if (name) return { kind: "name", name: name[0] };
    if (this.take(/<[0-9A-Fa-f\s]*>/y) || this.take(/true|false|null/y)) return OTHER;
    if (this.take(/\(/y)) return this.#string();
    throw new PdfFlaw(`there is no object at byte ${this.at}`);
  }

  #dictionary(depth: number): PdfValue {
    const entries = new Map<string, PdfValue>();
    while (!this.take(/>>/y)) {
      const key = this.take(/\/[^\s()<>[\]{}/%]*/y);
      if (!key) throw new PdfFlaw(`the dictionary at byte ${this.at} is broken`);
      entries.set(key[0], this.value(depth + 1));
    }
    return { kind: "dictionary", entries };
  }

  #array(depth: number): PdfValue {
    const items: PdfValue[] = [];
    while (!this.take(/\]/y)) items.push(this.value(depth + 1));
    return { kind: "array", items };
  }

  #string(): PdfValue {
    for (let open = 1; open > 0; this.at++) {
      const char = this.text[this.at];
      if (char === undefined) throw new PdfFlaw("a text in it does not end");
      if (char === "\\") this.at++;
      else if (char === "(") open++;
      else if (char === ")") open--;
    }
    return OTHER;
  }

  #skip(): void {
    const blank = /(?:[\0\t\n\f\r ]+|%[^\r\n]*)*/y;
    blank.lastIndex = this.at;
    blank.exec(this.text);
    this.at = blank.lastIndex;
  }
}

/** The entry of a dictionary, when it is of this kind. */
export function entry<Kind extends PdfValue["kind"]>(
  value: PdfValue | undefined,
  key: string,
  kind: Kind,
): Extract<PdfValue, { kind: Kind }> | undefined {
  const found = value?.kind === "dictionary" ? value.entries.get(key) : undefined;
  return isKind(found, kind) ? found : undefined;
}

function isKind<Kind extends PdfValue["kind"]>(
  value: PdfValue | undefined,
  kind: Kind,
): value is Extract<PdfValue, { kind: Kind }> {
  return value?.kind === kind;
}
