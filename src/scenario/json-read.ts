import type { Value } from "./value.ts";

const DEEPEST = 500;
const MOST_DIGITS = 1_000;
const BLANK = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// oxlint-disable-next-line no-control-regex -- control characters must be escaped in JSON
const PLAIN = /[^"\\\u0000-\u001f]*/y;

/**
 * Reads JSON as RFC 8259 has it, exactly: integers beyond 2^53 as bigint. A key that is given twice is refused, since
 * readers differ in which one counts. Throws SyntaxError with the place.
 */
export function readJson(text: string): Value {
  const reader: Reader = { text, at: 0 };
  const value = readValue(reader, 0);
  skip(reader);
  if (reader.at < text.length) fail(reader, "there is more behind the value");
  return value;
}

interface Reader {
  readonly text: string;
  at: number;
}

function readValue(reader: Reader, depth: number): Value {
  skip(reader);
  if (depth > DEEPEST) fail(reader, `it is nested deeper than ${DEEPEST} levels`);
  switch (reader.text.charAt(reader.at)) {
    case "{":
      return readObject(reader, depth);
    case "[":
      return readList(reader, depth);
    case '"':
      return readText(reader);
    case "t":
      return readWord(reader, "true", true);
    case "f":
      return readWord(reader, "false", false);
    case "n":
      return readWord(reader, "null", null);
    default:
      return readNumber(reader);
  }
}

function readObject(reader: Reader, depth: number): Value {
  // Without a prototype, so that "__proto__" is a key like any other.
  const object: Record<string, Value> = Object.create(null);
  reader.at++;
  if (takes(reader, "}")) return object;
  do {
    skip(reader);
    const began = reader.at;
    if (reader.text[reader.at] !== '"') fail(reader, "a key in quotes is missing");
    const key = readText(reader);
    if (key in object) {
      reader.at = began;
      fail(reader, `the key ${JSON.stringify(key.slice(0, 60))} is there twice`);
    }
    if (!takes(reader, ":")) fail(reader, 'a ":" is missing');
    object[key] = readValue(reader, depth + 1);
  } while (takes(reader, ","));
  if (!takes(reader, "}")) fail(reader, 'a "," or "}" is missing');
  return object;
}

function readList(reader: Reader, depth: number): Value {
  const list: Value[] = [];
  reader.at++;
  if (takes(reader, "]")) return list;
  do list.push(readValue(reader, depth + 1));
  while (takes(reader, ","));
  if (!takes(reader, "]")) fail(reader, 'a "," or "]" is missing');
  return list;
}

function readText(reader: Reader): string {
  const began = reader.at++;
  for (;;) {
    PLAIN.lastIndex = reader.at;
    PLAIN.exec(reader.text);
    reader.at = PLAIN.lastIndex;
    const char = reader.text[reader.at];
    if (char === '"') break;
    if (char !== "\\")
      fail(reader, char === undefined ? "a text does not end" : "a text holds a control character");
    reader.at += 2;
  }
  reader.at++;
  const raw = reader.text.slice(began, reader.at);
  if (!raw.includes("\\")) return raw.slice(1, -1);
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a text in quotes is nothing else
    return JSON.parse(raw) as string;
  } catch {
    reader.at = began;
    return fail(reader, "a text holds a broken escape");
  }
}

function readWord(reader: Reader, word: string, value: Value): Value {
  if (!reader.text.startsWith(word, reader.at)) fail(reader, "there is no value");
  reader.at += word.length;
  return value;
}

function readNumber(reader: Reader): Value {
  NUMBER.lastIndex = reader.at;
  const digits = NUMBER.exec(reader.text)?.[0];
  if (digits === undefined)
    return fail(reader, reader.at < reader.text.length ? "there is no value" : "it ends too early");
  const number = Number(digits);
  if (digits.length > MOST_DIGITS) fail(reader, `a number has more than ${MOST_DIGITS} digits`);
  if (!Number.isFinite(number)) fail(reader, `${digits.slice(0, 40)} is too large a number`);
  reader.at += digits.length;
  return Number.isSafeInteger(number) || !/^-?\d+$/.test(digits) ? number : BigInt(digits);
}

function takes(reader: Reader, char: string): boolean {
  skip(reader);
  if (reader.text[reader.at] !== char) return false;
  reader.at++;
  return true;
}

function skip(reader: Reader): void {
  if (reader.text.charCodeAt(reader.at) > 32) return;
  BLANK.lastIndex = reader.at;
  BLANK.exec(reader.text);
  reader.at = BLANK.lastIndex;
}

function fail(reader: Reader, why: string): never {
  const before = reader.text.slice(0, reader.at);
  const line = before.split("\n").length;
  const column = reader.at - before.lastIndexOf("\n");
  throw new SyntaxError(`${why} (line ${line}, column ${column})`);
}
