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
  const params =
    data.params ??
    [...new URLSearchParams(data.text ?? "")].map(([name, value]) => ({ name, value }));
  const decoded = (text: string) => (data.text === undefined ? decode(text) : text);
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
  return Object.fromEntries(
    (data.params ?? []).map(({ name, value, fileName }) => [
      name,
      fileName === undefined ? hiddenText(name, value, needs) : { file: fileName },
    ]),
  );
}

function hidden(value: unknown, needs: Record<string, string>, key = ""): unknown {
  if (typeof value === "string") return hiddenText(key, value, needs);
  if (Array.isArray(value)) return value.map((each) => hidden(each, needs, key));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, hidden(each, needs, name)]),
  );
}

function hiddenText(key: string, value: string, needs: Record<string, string>): string {
  if (!SECRET_KEY.test(key) || value === "") return plain(value);
  const name = lookUpName(key, new Set());
  needs[name] = `what ${key} is; the recorded one was left out`;
  return `\${${name}}`;
}
