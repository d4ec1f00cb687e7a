import { readYamlText } from "../../lib/yaml-text.ts";
import type { Diagnostic, Parsed } from "../../model/diagnostic.ts";
import { writeDraft } from "./draft.ts";
import type { Draft } from "./draft.ts";
import { importFault } from "./fault.ts";
import { draftFromHar } from "./har.ts";
import { draftFromOpenApi } from "./openapi.ts";

const CAPS = { bytes: 64 * 1_048_576, depth: 200, nodes: 2_000_000 } as const;

/** What an import gives: the text of a scenario, and what a person must know about it. */
export interface Imported {
  readonly text: string;
  readonly kind: "HAR" | "OpenAPI";
  readonly steps: number;
  readonly notes: readonly string[];
  /** Look-ups that somebody must answer → what to give. */
  readonly needs: Readonly<Record<string, string>>;
}

/**
 * Makes a first draft of a scenario from a browser's recording (HAR) or an API's description (OpenAPI 3).
 *
 * `beside`: the path by which the draft names the description.
 */
export function importScenario(text: string, file: string, beside = file): Parsed<Imported> {
  const value = valueOf(text, file);
  if (!value.ok) return value;
  const kind = kindOf(value.value);
  if (kind === undefined) return { ok: false, diagnostics: [unknownKind(file)] };
  const draft: Parsed<Draft> =
    kind === "HAR"
      ? draftFromHar(value.value, file)
      : draftFromOpenApi(value.value, { file, beside });
  if (!draft.ok) return draft;
  const { steps, notes, needs } = draft.value;
  return {
    ...draft,
    value: { text: writeDraft(draft.value), kind, steps: steps.length, notes, needs },
  };
}

function kindOf(value: unknown): Imported["kind"] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if ("log" in value) return "HAR";
  return "openapi" in value || "swagger" in value ? "OpenAPI" : undefined;
}

function valueOf(text: string, file: string): Parsed<unknown> {
  if (/^\uFEFF?\s*[{[]/.test(text)) {
    try {
      return {
        ok: true,
        value: JSON.parse(text.replace(/^\uFEFF/, "")) as unknown,
        diagnostics: [],
      };
    } catch {
      // YAML says where it is wrong.
    }
  }
  const read = readYamlText(text, { caps: CAPS });
  if (read.ok) return { ok: true, value: read.text.value, diagnostics: [] };
  const diagnostics = read.faults.map((fault): Diagnostic => ({
    ...fault,
    file,
    severity: "error",
  }));
  return { ok: false, diagnostics };
}

function unknownKind(file: string): Diagnostic {
  return importFault(file, {
    code: "nothing-to-import",
    what: `${file} is neither a HAR file nor an OpenAPI document.`,
    fix: "Give a recording saved by a browser (.har) or an OpenAPI 3 description (.json, .yaml).",
  });
}
