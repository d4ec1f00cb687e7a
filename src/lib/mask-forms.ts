import { escapedForms } from "./mask-escapes.ts";

/** Below this a value is masked as it is and in no other form: its forms would hide half the log. */
const LEAST = 8;

const encoder = new TextEncoder();

/** Every form of every value that is masked, as listed in docs/guide/secrets.md; each once. */
export function formsOf(values: readonly string[]): readonly Uint8Array[] {
  const forms = new Set<string>();
  for (const value of values) for (const form of formsOfOne(value)) forms.add(form);
  forms.delete("");
  return Array.from(forms, (form) => encoder.encode(form));
}

function formsOfOne(value: string): readonly string[] {
  // Line ends around a value get lost on the way, and a form of what is between them is inside each form of the whole.
  const core = value.replace(/^[\r\n]+|[\r\n]+$/g, "");
  const bytes = encoder.encode(core);
  if (bytes.length < LEAST) return [core];
  return [
    core,
    ...lineForms(core),
    ...base64Forms(bytes),
    ...hexForms(bytes),
    ...percentForms(bytes),
    ...escapedForms(core),
  ];
}

/** A value of several lines: each line long enough to be told from ordinary text, and the ways to fold them. */
function lineForms(value: string): readonly string[] {
  const lines = value.split(/\r\n|\r|\n/);
  if (lines.length === 1) return [];
  const long = lines.filter((line) => encoder.encode(line).length >= LEAST);
  return [...long, ...["\n", "\r\n", " ", "\\n", "\\r\\n", ""].map((end) => lines.join(end))];
}

/** Base64 of anything that contains the value: with 0, 1 or 2 bytes before it, less the characters that other bytes have a part in. */
function base64Forms(bytes: Uint8Array): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const padded = Buffer.alloc(before + bytes.length);
    padded.set(bytes, before);
    const from = Math.ceil((before * 8) / 6);
    const to = Math.floor((padded.length * 8) / 6);
    return [
      padded.toString("base64").slice(from, to),
      padded.toString("base64url").slice(from, to),
    ];
  });
}

function hexForms(bytes: Uint8Array): readonly string[] {
  const hex = Buffer.from(bytes).toString("hex");
  return [hex, hex.toUpperCase()];
}

const PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** What the usual encoders leave as it is: RFC 3986, encodeURIComponent, forms, path segments, whole addresses, and nothing at all. */
const KEPT = ["-._~", "-_.!~*'()", "*-._", "-._~/", "-._~!$&'()*+,;=:@/?", "-_.!~*'();,/?:@&=+$#"]
  .map((more) => PLAIN + more)
  .concat("");

function percentForms(bytes: Uint8Array): readonly string[] {
  const upper = KEPT.flatMap((kept) => [percent(bytes, kept, "%20"), percent(bytes, kept, "+")]);
  return [...upper, ...upper.map((form) => form.replace(/%../g, (code) => code.toLowerCase()))];
}

function percent(bytes: Uint8Array, kept: string, space: string): string {
  return Array.from(bytes, (byte) => {
    if (byte === 0x20) return space;
    const character = String.fromCharCode(byte);
    if (kept.includes(character)) return character;
    return `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}
