import { lookUpName, plain } from "./draft.ts";
import type { HarEntry } from "./har-text.ts";
import { parse } from "./har-text.ts";

const SECRET_KEY = /pass(?:word|wd|code)?$|secret|^pin$|token$|api_?key/i;

/** The body of a recorded request in the words of a scenario; what looks secret becomes a look-up. */
export function bodyOf(
  data: HarEntry["request"]["postData"],
  needs: Record<string, string>,
): Readonly<Record<string, unknown>> | undefined {
  if (data === undefined) return undefined;
  const type = data.mimeType.toLowerCase();
  const json = type.includes("json") ? parse(data.text) : undefined;
  if (json !== undefined) return { json: hidden(json, needs) };
  if (type.startsWith("multipart/")) return { multipart: multipart(data, needs) };
  if (type.includes("x-www-form-urlencoded")) return { form: form(data, needs) };
  return data.text === undefined || data.text === "" ? undefined : { body: plain(data.text) };
}

type PostData = NonNullable<HarEntry["request"]["postData"]>;

function form(data: PostData, needs: Record<string, string>): Readonly<Record<string, unknown>> {
  const isRaw = data.params !== undefined && data.params.length > 0 && data.text === undefined;
  const params =
    data.text === undefined
      ? (data.params ?? [])
      : [...new URLSearchParams(data.text)].map(([name, value]) => ({ name, value }));
  const decoded = (text: string) => (isRaw ? decode(text) : text);
  return Object.fromEntries(
    params.map(({ name, value }) => [
      decoded(name),
      hiddenText(decoded(name), decoded(value), needs),
    ]),
  );
}

/** Recorders disagree on whether parameters are decoded. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

function multipart(
  data: PostData,
  needs: Record<string, string>,
): Readonly<Record<string, unknown>> {
  const params = data.params?.length ? data.params : partsIn(data.text ?? "");
  return Object.fromEntries(
    params.map(({ name, value, fileName }) => [
      name,
      fileName === undefined ? hiddenText(name, value, needs) : { file: fileName },
    ]),
  );
}

/** The parts of a body that was recorded as text alone. RFC 7578. */
function partsIn(text: string): NonNullable<PostData["params"]> {
  const boundary = /^--([^\r\n]+)\r?\n/.exec(text)?.[1];
  if (boundary === undefined) return [];
  return text.split(`--${boundary}`).flatMap((part) => {
    const [head = "", ...body] = part.split(/\r?\n\r?\n/);
    const name = /\bname="([^"]*)"/.exec(head)?.[1];
    const fileName = /\bfilename="([^"]*)"/.exec(head)?.[1];
    const value = body.join("\n\n").replace(/\r?\n$/, "");
    return name === undefined
      ? []
      : [{ name, value, ...(fileName === undefined ? {} : { fileName }) }];
  });
}

/** A value of a body with everything hidden whose name sounds secret. */
export function hidden(value: unknown, needs: Record<string, string>, key = ""): unknown {
  if (typeof value === "string") return hiddenText(key, value, needs);
  if (Array.isArray(value)) return value.map((each) => hidden(each, needs, key));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, hidden(each, needs, name)]),
  );
}

/** The text, or a look-up in its place when its name sounds secret. */
export function hiddenText(key: string, value: string, needs: Record<string, string>): string {
  if (!SECRET_KEY.test(key) || value === "") return plain(value);
  const name = lookUpName(key, new Set());
  needs[name] = `what ${key} is; the recorded one was left out`;
  return `\${${name}}`;
}
