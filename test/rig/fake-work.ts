import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Evidence } from "../../src/model/evidence.ts";
import type { Json, JsonObject } from "../../src/model/json.ts";
import type { Plan, Step } from "../../src/model/plan.ts";
import type { Artifacts } from "../../src/ports/artifacts.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Driver } from "../../src/ports/driver.ts";
import type { Browsers } from "../../src/ports/browser.ts";
import type { LoadGenerator } from "../../src/ports/load.ts";
import type { Http } from "../../src/ports/http.ts";
import type { Shell } from "../../src/ports/shell.ts";
import type { Preparation, StepKind, Work } from "../../src/ports/step-kind.ts";
import { noHosts } from "./no-hosts.ts";
import type { Hosts } from "../../src/ports/host.ts";

type Facts = Record<string, Json>;

/** What a test may give; everything else has a harmless default. */
export interface Given {
  /** As a person would write it; parsed by the kind. */
  readonly spec?: unknown;
  readonly step?: Partial<Step>;
  /** Further steps of the plan, for kinds that look at them. */
  readonly steps?: readonly (Pick<Step, "id" | "kind"> & Partial<Step>)[];
  /** The same, behind this one. */
  readonly stepsAfter?: readonly (Pick<Step, "id" | "kind"> & Partial<Step>)[];
  readonly run?: string;
  readonly attempt?: number;
  readonly phase?: string;
  readonly release?: Work<JsonObject>["release"];
  readonly facts?: Facts;
  /** Facts of other steps. */
  readonly factsOf?: Readonly<Record<string, Facts>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly shell?: Shell;
  readonly http?: Http;
  readonly drivers?: Readonly<Record<string, Driver>>;
  readonly signal?: AbortSignal;
  readonly hosts?: Hosts;
  /** Default: a fresh folder; its `project` and `store` are used. */
  readonly folder?: string;
}

/** A Work for one attempt of a kind, with everything that it wrote down. */
export interface FakeWork extends AsyncDisposable {
  readonly work: Work<JsonObject>;
  readonly folder: string;
  /** Facts in the order in which they were noted. */
  readonly notes: readonly Facts[];
  readonly said: readonly string[];
  /** Artifact name → text. */
  readonly kept: ReadonlyMap<string, string>;
}

/** Makes a Work out of in-memory parts, with real folders for project and store. Dispose it: the folders go. */
export async function fakeWork(kind: StepKind, given: Given = {}): Promise<FakeWork> {
  const folder = given.folder ?? (await mkdtemp(join(tmpdir(), "seaworthy-steps-")));
  for (const name of ["project", "store", "run"])
    await mkdir(join(folder, name), { recursive: true });
  const spec = kind.spec.parse(given.spec ?? {}) as JsonObject;
  const step = fakeStep(kind, spec, given.step);
  const others = (steps: Given["steps"] = []) => steps.map((each) => fakeStep(kind, {}, each));
  const [notes, said]: [Facts[], string[]] = [[], []];
  const { artifacts, kept } = fakeArtifacts(join(folder, "run"));
  let facts: Facts = { ...given.facts };
  const run = given.run ?? "41";
  const attempt = given.attempt ?? 1;
  const signal = given.signal ?? new AbortController().signal;
  const work: Work<JsonObject> = {
    spec,
    step,
    plan: fakePlan([...others(given.steps), step, ...others(given.stepsAfter)]),
    run: { id: run, environment: "staging", startedAt: "2026-11-21T06:00:00Z" },
    key: `${run}/${step.id}/${given.phase ?? "do"}/${attempt}`,
    attempt,
    release: given.release,
    get facts() {
      return facts;
    },
    factsOf: (id) => given.factsOf?.[id] ?? {},
    secrets: given.secrets ?? {},
    shell: given.shell ?? refusing<Shell>("shell"),
    hosts: given.hosts ?? noHosts,
    http: given.http ?? refusing<Http>("http"),
    load: refusing<LoadGenerator>("load"),
    browsers: refusing<Browsers>("browsers"),
    clock: fakeClock(),
    artifacts,
    project: join(folder, "project"),
    store: join(folder, "store"),
    signal,
    timeoutMs: 30_000,
    driver: (target) => given.drivers?.[target] ?? refusing<Driver>(`driver of ${target}`),
    act: (say = () => undefined) => ({ signal, timeoutMs: 30_000, say }),
    async note(noted) {
      notes.push(noted);
      facts = { ...facts, ...noted };
    },
    progress: (text) => void said.push(text),
  };
  return {
    work,
    folder,
    notes,
    said,
    kept,
    [Symbol.asyncDispose]: async () => {
      if (given.folder === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What a kind sees while a plan is made ready; blames are kept as they are made. */
export function fakePreparation(given: Partial<Preparation> = {}): Preparation {
  return {
    read: () => undefined,
    blame: (key, what, fix) => ({
      code: `blame-${key ?? "step"}`,
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
    ...given,
  };
}

function fakeStep(kind: StepKind, spec: JsonObject, more: Partial<Step> = {}): Step {
  const save = Object.entries(kind.streams).filter(([, name]) => name !== undefined);
  return {
    id: kind.name,
    kind: kind.name,
    about: "",
    needs: [],
    timeoutMs: 30_000,
    retry: { tries: 1, waitMs: 0, factor: 1, maxWaitMs: 0 },
    onFailure: "roll back",
    onUnknown: "ask",
    effect: "read",
    abilities: { undo: false, evidence: false, prove: false, accept: false },
    save: Object.fromEntries(save) as Record<string, string>,
    hints: [],
    secrets: [],
    keepBytes: 1_048_576,
    spec,
    at: { file: "seaworthy.yaml", line: 1, column: 1 },
    ...more,
  };
}

function fakePlan(steps: readonly Step[]): Plan {
  return {
    format: 1,
    project: "fake",
    name: "deploy",
    about: "",
    environment: { name: "staging", targets: [] },
    targets: {},
    inputs: {},
    secrets: {},
    steps,
    timeoutMs: 60_000,
    log: "deploy.log",
  };
}

/** Starts at a fixed time and moves only when somebody sleeps. */
function fakeClock(): Clock {
  let ms = Date.parse("2026-11-21T06:00:00Z");
  return {
    now: () => ms,
    monotonic: () => ms,
    async sleep(duration) {
      ms += duration;
    },
  };
}

function fakeArtifacts(folder: string): { artifacts: Artifacts; kept: Map<string, string> } {
  const kept = new Map<string, string>();
  const names = new Set<string>();
  const name = async (wish: string) => {
    const dot = wish.lastIndexOf(".");
    let free = wish;
    const isTaken = () => names.has(free) || existsSync(join(folder, free));
    for (let n = 2; isTaken(); n++) free = `${wish.slice(0, dot)}.${n}${wish.slice(dot)}`;
    names.add(free);
    return free;
  };
  const evidence = (named: string): Evidence => {
    const text = kept.get(named) ?? "";
    return {
      name: named,
      sha256: createHash("sha256").update(text).digest("hex"),
      bytes: Buffer.byteLength(text),
    };
  };
  const artifacts: Artifacts = {
    folder,
    name,
    path: (named) => join(folder, named),
    async open(named) {
      kept.set(named, "");
      return {
        write: (chunk) =>
          void kept.set(named, `${kept.get(named)}${Buffer.from(chunk).toString()}`),
        close: async () => evidence(named),
      };
    },
    async save(wish, content) {
      const named = await name(wish);
      kept.set(named, Buffer.from(content).toString());
      await writeFile(join(folder, named), content);
      return evidence(named);
    },
    list: async () => [...kept.keys()].map(evidence),
    seal: async () => evidence("manifest.json"),
  };
  return { artifacts, kept };
}

/** A part that this test does not expect to be used. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- saves a cast at each use
function refusing<Part extends object>(what: string): Part {
  return new Proxy({} as Part, {
    get: () => () => {
      throw new Error(`nobody gave this test a ${what}`);
    },
  });
}
