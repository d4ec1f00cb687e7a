import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import type { Evidence } from "../../src/model/evidence.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { Plan, Step } from "../../src/model/plan.ts";
import type { Preparation, StepKind, Work } from "../../src/ports/step-kind.ts";

export interface Told {
  readonly progress: {
    readonly text: string;
    readonly outcome?: string;
    readonly numbers?: Readonly<Record<string, number>>;
  }[];
  readonly saved: Map<string, string>;
}

/** Folder of the run of every step of one test file. */
const RUN = mkdtempSync(join(os.tmpdir(), "seaworthy-step-"));
afterAll(() => rmSync(RUN, { recursive: true, force: true }));

function missing(name: string): object {
  const get = () => {
    throw new Error(`The test gives no ${name}.`);
  };
  return new Proxy({}, { get });
}

/** What one attempt of a step may use, with everything that the test does not give made up; touching a missing port throws. */
export function stepWork(
  kind: StepKind,
  spec: object,
  given: Partial<Work<JsonObject>> = {},
): { work: Work<JsonObject>; told: Told } {
  const told: Told = { progress: [], saved: new Map() };
  const step = {
    id: kind.name,
    kind: kind.name,
    about: "",
    needs: [],
    secrets: [],
    hints: [],
    keepBytes: 1_000_000,
    save: Object.fromEntries(
      Object.entries(kind.streams).flatMap(([name, wish]) =>
        wish === undefined ? [] : [[name, wish]],
      ),
    ),
    at: { file: "seaworthy.yaml", line: 10, column: 9 },
  } as unknown as Step;
  const plan = {
    format: 1,
    project: "korrigo",
    name: "deploy",
    inputs: {},
    secrets: {},
    steps: [step],
    targets: {},
    environment: { name: "staging", url: "http://staging.test", targets: [] },
  } as unknown as Plan;
  const artifacts = {
    folder: RUN,
    save: async (name: string, content: string | Uint8Array): Promise<Evidence> => {
      const text = typeof content === "string" ? content : Buffer.from(content).toString();
      told.saved.set(name, text);
      return { name, sha256: "0".repeat(64), bytes: text.length };
    },
  };
  const work = {
    step,
    plan,
    artifacts,
    run: { id: "41", environment: "staging", startedAt: "2026-01-29T10:00:00Z" },
    key: `41/${kind.name}/do/1`,
    attempt: 1,
    release: undefined,
    facts: {},
    factsOf: () => ({}),
    secrets: {},
    shell: missing("shell"),
    http: missing("http"),
    load: missing("load"),
    browsers: missing("browsers"),
    clock: missing("clock"),
    project: join(RUN, "project"),
    store: join(RUN, "store"),
    signal: new AbortController().signal,
    timeoutMs: 300_000,
    note: async () => undefined,
    progress: (text: string, more = {}) => void told.progress.push({ text, ...more }),
    ...given,
    spec: kind.spec.parse(spec),
  } as unknown as Work<JsonObject>;
  return { work, told };
}

/** What a kind may look at while a plan is made, from files in memory. */
export function preparation(
  files: Readonly<Record<string, string>> = {},
  names?: readonly string[],
): Preparation {
  return {
    read: (path) => (files[path] === undefined ? undefined : { text: files[path], path }),
    blame: (key, what, fix) => ({
      code: `refused:${key ?? ""}`,
      what,
      fix,
      file: "seaworthy.yaml",
      line: 1,
      column: 1,
      length: 1,
      severity: "error",
    }),
    targets: [],
    before: [],
    ...(names === undefined ? {} : { names }),
  };
}
