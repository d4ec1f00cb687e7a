import type { TextPath } from "../lib/yaml-text.ts";
import type { Body, Part } from "./model-request.ts";
import type { RequestText } from "./schema-request.ts";
import { complain, complainOfKey } from "./source.ts";
import type { Source } from "./source.ts";
import type { Value } from "./value.ts";

const BODIES = ["json", "form", "body", "file", "multipart"] as const;

interface Place {
  readonly path: TextPath;
  readonly source: Source;
  readonly method: string;
}

/** The body that a step sends, with a complaint for everything that cannot be meant. */
export function bodyOf(step: RequestText, place: Place): { readonly body?: Body } {
  const { path, source, method } = place;
  const given = BODIES.filter((key) => step[key] !== undefined);
  if (given.length > 1)
    complainOfKey(source, [...path, given[1] ?? ""], {
      code: "two-bodies",
      what: `The request has several bodies: ${given.join(", ")}.`,
      fix: "Keep one of them.",
    });
  if (given.length > 0 && (method === "GET" || method === "HEAD"))
    complainOfKey(source, [...path, given[0] ?? ""], {
      code: "body-without-meaning",
      what: "A GET or HEAD request has no body.",
      fix: "Use `query`, or another method.",
    });
  if (step.type !== undefined && step.file === undefined && step.body === undefined)
    complainOfKey(source, [...path, "type"], {
      code: "type-without-body",
      what: "`type` belongs to `file` or `body`, and there is none.",
      fix: "Take it out, or use `headers: { Content-Type: … }`.",
    });
  const body = read(step, place);
  return body === undefined ? {} : { body };
}

function read(step: RequestText, { path, source }: Place): Body | undefined {
  const type = step.type === undefined ? {} : { type: step.type };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- YAML holds nothing else
  if (step.json !== undefined) return { as: "json", value: step.json as Value };
  if (step.form !== undefined) return { as: "form", fields: step.form };
  if (step.body !== undefined) return { as: "text", text: step.body, ...type };
  if (step.file !== undefined) return { as: "file", file: step.file, ...type };
  if (step.multipart === undefined) return undefined;
  return { as: "multipart", parts: partsOf(step.multipart, [...path, "multipart"], source) };
}

type PartText = Exclude<
  Extract<NonNullable<RequestText["multipart"]>, readonly unknown[]>[number],
  string
>;

function partsOf(
  multipart: NonNullable<RequestText["multipart"]>,
  path: TextPath,
  source: Source,
): readonly Part[] {
  if (Array.isArray(multipart))
    return multipart.map((part, at) => partOf(part.name, part, { path: [...path, at], source }));
  const parts = Object.entries(multipart);
  if (parts.length === 0)
    complain(source, path, {
      code: "empty-form",
      what: "The form has no part.",
      fix: "Give it a part: `note: text` or `upload: { file: a.pdf }`.",
    });
  return parts.map(([name, part]) =>
    typeof part === "object"
      ? partOf(name, part, { path: [...path, name], source })
      : { name, content: { as: "text", text: part } },
  );
}

function partOf(
  name: string,
  part: Omit<PartText, "name">,
  { path, source }: { readonly path: TextPath; readonly source: Source },
): Part {
  const given = (["text", "json", "file"] as const).filter((key) => part[key] !== undefined);
  if (given.length !== 1)
    complain(source, path, {
      code: "one-content",
      what:
        given.length === 0
          ? `The part "${name}" holds nothing.`
          : `The part "${name}" holds several things: ${given.join(", ")}.`,
      fix: "Give exactly one of text, json, file.",
    });
  return {
    name,
    content: contentOf(part),
    ...(part.filename === undefined ? {} : { filename: part.filename }),
    ...(part.type === undefined ? {} : { type: part.type }),
  };
}

function contentOf(part: Omit<PartText, "name">): Part["content"] {
  if (part.file !== undefined) return { as: "file", file: part.file };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- YAML holds nothing else
  if (part.json !== undefined) return { as: "json", value: part.json as Value };
  return { as: "text", text: part.text ?? "" };
}
