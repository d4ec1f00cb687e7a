import { basename } from "node:path";
import type { FormPart, HttpBody } from "../ports/http.ts";
import type { Answers } from "./answer.ts";
import { known, text } from "./build-text.ts";
import type { Body, Part } from "./model-request.ts";
import { asText, writeJson } from "./value.ts";

export interface BuiltBody {
  readonly body: HttpBody;
  /** The Content-Type that goes with it; a form of several parts gets its own when it is sent. */
  readonly type?: string;
}

interface From {
  readonly answers: Answers;
  /** Absolute path of a file to send. */
  readonly find: (name: string) => string;
}

/** The body that is sent: look-ups answered, files by their paths. */
export function buildBody(body: Body, from: From): BuiltBody {
  const { answers, find } = from;
  switch (body.as) {
    case "json":
      return { body: writeJson(known(body.value, answers)), type: "application/json" };
    case "text":
      return {
        body: text(body.text, answers),
        type: typeOf(body.type, answers) ?? "text/plain; charset=utf-8",
      };
    case "form":
      return {
        body: formText(body.fields, answers),
        type: "application/x-www-form-urlencoded",
      };
    case "file":
      return {
        body: { file: find(text(body.file, answers)) },
        type: typeOf(body.type, answers) ?? "application/octet-stream",
      };
    case "multipart":
      return { body: { parts: body.parts.map((part) => buildPart(part, from)) } };
  }
}

function typeOf(type: string | undefined, answers: Answers): string | undefined {
  return type === undefined ? undefined : text(type, answers);
}

function formText(fields: Extract<Body, { as: "form" }>["fields"], answers: Answers): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields))
    form.append(name, asText(known(value, answers)));
  return form.toString();
}

function buildPart(part: Part, from: From): FormPart {
  const { answers, find } = from;
  const name = text(part.name, answers);
  const given = {
    ...(part.filename === undefined ? {} : { filename: text(part.filename, answers) }),
    ...(part.type === undefined ? {} : { type: text(part.type, answers) }),
  };
  if (part.content.as === "text")
    return { name, content: asText(known(part.content.text, answers)), ...given };
  if (part.content.as === "json")
    return {
      name,
      content: writeJson(known(part.content.value, answers)),
      type: "application/json",
      ...given,
    };
  const file = text(part.content.file, answers);
  return {
    name,
    content: { file: find(file) },
    filename: basename(file),
    type: "application/octet-stream",
    ...given,
  };
}
