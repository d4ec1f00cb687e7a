/* oxlint-disable no-control-regex -- control characters are what gets escaped */

/** A value as it looks inside JSON, XML, a shell's quotes, or a quoted string of a program. */
export function escapedForms(value: string): readonly string[] {
  return [...jsonForms(value), ...markupForms(value), ...shellForms(value), ...quotedForms(value)];
}

function jsonForms(value: string): readonly string[] {
  const plain = JSON.stringify(value).slice(1, -1);
  // Go writes <, >, & as \u003c …; others do so with quotes and plus signs; PHP escapes the slash; Python all that is not ASCII.
  const forms = [
    plain,
    plain.replaceAll("/", "\\/"),
    plain.replace(/[<>&\u2028\u2029]/g, unicode),
    plain.replace(/\\"/g, () => unicode('"')).replace(/[<>&'+`]/g, unicode),
  ];
  return forms.flatMap((form) => {
    const ascii = form.replace(/[\u007f-\uffff]/g, unicode);
    return [form, ascii, upperCodes(form), upperCodes(ascii)];
  });
}

function unicode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function upperCodes(text: string): string {
  return text.replace(/\\u([0-9a-f]{4})/g, (_, code: string) => `\\u${code.toUpperCase()}`);
}

const QUOTES = [
  ['"', "'"],
  ["&quot;", "'"],
  ["&quot;", "&#39;"],
  ["&quot;", "&#039;"],
  ["&quot;", "&#x27;"],
  ["&quot;", "&apos;"],
  ["&#34;", "&#39;"],
] as const;

function markupForms(value: string): readonly string[] {
  const text = value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const forms = QUOTES.map(([double, single]) =>
    text.replaceAll('"', double).replaceAll("'", single),
  );
  return [...forms, ...forms.map((form) => form.replaceAll("\n", "&#10;"))];
}

/** Quoted for a shell, for YAML and SQL (doubled quotes), for Compose and Make (doubled dollars). */
function shellForms(value: string): readonly string[] {
  return [
    value.replaceAll("'", "'\\''"),
    value.replaceAll("'", `'"'"'`),
    value.replaceAll("'", "''"),
    value.replaceAll("$", "$$$$"),
    value.replace(/[\\"$`]/g, (character) => `\\${character}`),
  ];
}

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** C, Go and their relatives: with " or ' escaped, and three ways to write what is not printable. */
function quotedForms(value: string): readonly string[] {
  return ['"', "'"].flatMap((quote) => {
    const escaped = value
      .replaceAll("\\", "\\\\")
      .replaceAll(quote, `\\${quote}`)
      .replace(/[\n\r\t]/g, (character) => SHORT[character] ?? character);
    return [
      coded(escaped, /[\u0000-\u001f\u007f]/g, hexCode),
      coded(escaped, /[\u0000-\u001f\u007f-\u{10ffff}]/gu, hexCode),
      coded(escaped, /[\u0000-\u001f\u007f-\u{10ffff}]/gu, octalCode),
    ];
  });
}

function coded(text: string, which: RegExp, code: (byte: number) => string): string {
  return text.replace(which, (character) =>
    Array.from(new TextEncoder().encode(character), code).join(""),
  );
}

function hexCode(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}

function octalCode(byte: number): string {
  return `\\${byte.toString(8).padStart(3, "0")}`;
}
