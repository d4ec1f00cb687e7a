import { parseSize } from "../lib/size.ts";
import type { TextPath } from "../lib/yaml-text.ts";
import type { Act, Capture, Expectation } from "./model.ts";
import { durationAt } from "./read-again.ts";
import { includeOf } from "./read-include.ts";
import type { IncludeReader } from "./read-include.ts";
import { REQUEST_KEYS, requestOf } from "./read-request.ts";
import { checkFileName } from "./read-words.ts";
import { requestShape } from "./schema-request.ts";
import { actShape } from "./schema-step.ts";
import type { StepText } from "./schema.ts";
import { complain, complainOfKey } from "./source.ts";
import type { Source } from "./source.ts";
import type { Value } from "./value.ts";

type ActKey = keyof typeof actShape;

const ACTS: readonly ActKey[] = ["make", "join", "wait", "include"];

/** What belongs to asking, beside what is asked. */
const ASKING_KEYS = [
  "as",
  "save",
  "timeout",
  "follow",
  "until",
  "fail_if",
  "within",
  "every",
  "backoff",
  "on_network_error",
  "retry",
] as const;

/** What else each act understands. */
const UNDERSTOOD: Readonly<Record<ActKey, readonly string[]>> = {
  make: ["expect", "capture"],
  join: ["expect", "capture"],
  wait: [],
  include: ["as", "with", "rename"],
};

/** What a step does: ask, or one of the acts. */
export function actOf(
  step: StepText,
  path: TextPath,
  { source, include }: { readonly source: Source; readonly include: IncludeReader },
): Act {
  const given = ACTS.filter((key) => step[key] !== undefined);
  const [act] = given;
  if (act !== undefined) {
    checkAlone(step, { act, path, source });
    return withoutRequest(step, act, { path, source, include });
  }
  for (const key of ["with", "rename"] as const)
    if (step[key] !== undefined) notUnderstood(key, "a request", { path, source });
  return {
    do: "ask",
    request: requestOf(step, path, source),
    ...(step.as === undefined ? {} : { as: step.as }),
    timeoutMs: durationAt(step.timeout ?? "30s", [...path, "timeout"], source),
    follow: step.follow ?? false,
  };
}

interface Place {
  readonly path: TextPath;
  readonly source: Source;
}

function notUnderstood(key: string, what: string, { path, source }: Place): void {
  complainOfKey(source, [...path, key], {
    code: "without-meaning",
    what: `"${key}" means nothing to ${what}.`,
    fix: "Take it out, or make it a step of its own.",
  });
}

/** An act and a request, or two acts, are two steps. */
function checkAlone(step: StepText, { act, path, source }: Place & { readonly act: ActKey }): void {
  const requests: readonly string[] = REQUEST_KEYS;
  const others = [...REQUEST_KEYS, ...ACTS].filter((key) => key !== act && step[key] !== undefined);
  for (const key of others)
    complainOfKey(source, [...path, key], {
      code: "one-request",
      what: `"${step.name}" does several things: ${act}, ${key}.`,
      fix: "Make two steps of it.",
    });
  const rest = [
    ...Object.keys(requestShape),
    ...ASKING_KEYS,
    "expect",
    "capture",
    "with",
    "rename",
  ];
  for (const key of rest)
    if (Object.hasOwn(step, key) && !requests.includes(key) && !UNDERSTOOD[act].includes(key))
      notUnderstood(key, `\`${act}\``, { path, source });
}

function withoutRequest(
  step: StepText,
  act: ActKey,
  { path, source, include }: Place & { readonly include: IncludeReader },
): Act {
  if (act === "include") return includeOf(step, path, { source, include });
  if (act === "wait")
    return { do: "wait", ms: durationAt(step.wait ?? "", [...path, "wait"], source) };
  if (act === "join") {
    const { files, into } = step.join ?? { files: [], into: "" };
    checkFileName(into, [...path, "join", "into"], source);
    return { do: "join", files, into };
  }
  const { file, size, seed } = step.make ?? { file: "", size: "", seed: "" };
  checkFileName(file, [...path, "make", "file"], source);
  return { do: "make", file, bytes: sizeAt(size, path, source), seed: String(seed) };
}

const MOST_MADE = 20e9;

function sizeAt(text: string, path: TextPath, source: Source): number {
  const bytes = parseSize(text);
  if (bytes !== undefined && bytes <= MOST_MADE) return bytes;
  complain(source, [...path, "make", "size"], {
    code: "wrong-value",
    what:
      bytes === undefined
        ? `"${text}" is not a size.`
        : `${text} is more than a scenario may make: 20GB.`,
    fix: "Write 500KB, 10MB or 1GiB.",
  });
  return 0;
}

/** Of a file only its length and its digest can be looked at. */
export function checkFileLooks(
  act: Act,
  looks: readonly (Expectation | Capture)[],
  source: Source,
): void {
  if (act.do !== "make" && act.do !== "join") return;
  for (const { query, at } of looks)
    if (query.of !== "bytes" && query.of !== "sha256")
      source.diagnostics.push({
        severity: "error",
        code: "without-meaning",
        what: `A file has no ${query.of}.`,
        fix: "Look at its bytes or its sha256.",
        length: 1,
        ...at,
      });
}

export function plainValues(
  given: Readonly<Record<string, unknown>> | undefined,
): Readonly<Record<string, Value>> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- YAML holds nothing else
  return (given ?? {}) as Record<string, Value>;
}
