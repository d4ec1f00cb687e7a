import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { Fault } from "../../model/failure.ts";
import type { Tls } from "../../ports/http.ts";
import type { LoadRequest } from "../../ports/load.ts";
import type { Work } from "../../ports/step-kind.ts";
import { prepareStep, readScenario } from "../../scenario/index.ts";
import type { PreparedStep, Scenario, Value } from "../../scenario/index.ts";
import { inProject } from "../places.ts";
import { workingFolder } from "../scenario/files.ts";
import type { LoadSpec } from "./spec.ts";

/** A request that a scenario made ready, and what is to be done when it is not needed any more. */
export interface Prepared {
  readonly request: LoadRequest & { readonly tls?: Tls };
  /** Gives the warnings. */
  end(): Promise<readonly string[]>;
}

const MOST_BODY_BYTES = 64 * 1_048_576;

/** Carries out what comes before the scenario's step, and gives the step's request. */
export async function fromScenario(work: Work<LoadSpec>): Promise<Prepared> {
  const scenario = scenarioOf(work.spec);
  const answers = answersOf(work);
  const missing = scenario.needs.filter((name) => !Object.hasOwn(answers, name));
  if (missing.length > 0) throw unanswered(scenario, missing);
  const folder = await workingFolder(work);
  const clean = () => folder[Symbol.asyncDispose]();
  try {
    const prepared = await prepare(work, { scenario, answers, scratch: folder.path });
    const end = async () => {
      const warnings = await prepared.end();
      await clean();
      return warnings;
    };
    if (!prepared.ok) {
      await end();
      throw new Fault(prepared.failure);
    }
    return { request: await requestOf(prepared.request), end };
  } catch (error) {
    await clean();
    throw error;
  }
}

function scenarioOf({ companion, scenario = "", path, companions = {} }: LoadSpec): Scenario {
  const read =
    companion === undefined
      ? undefined
      : readScenario(companion, path ?? scenario, {
          files: (name) => (Object.hasOwn(companions, name) ? companions[name] : undefined),
        });
  if (read?.ok === true) return read.value;
  throw new Fault({
    code: "scenario-unreadable",
    what: `The scenario ${scenario} cannot be read: ${read?.diagnostics[0]?.what ?? "it is not in the plan"}`,
    fix: "Run `seaworthy validate` and plan again.",
  });
}

interface Preparing {
  readonly scenario: Scenario;
  readonly answers: Readonly<Record<string, Value>>;
  readonly scratch: string;
}

function prepare(work: Work<LoadSpec>, given: Preparing): Promise<PreparedStep> {
  const { spec, http, clock, secrets, project, signal } = work;
  return prepareStep(given.scenario, spec.step ?? "", {
    http,
    clock,
    answers: given.answers,
    secrets: Object.values(secrets),
    scratch: given.scratch,
    fixture: (path) => inProject(project, join(spec.path ?? "", "..", path)),
    // What the steps before keep is not this step's evidence.
    save: async () => undefined,
    progress: (text, more) => work.progress(`before: ${text}`, more),
    signal,
  });
}

function answersOf(work: Work<LoadSpec>): Readonly<Record<string, Value>> {
  const { plan, release, secrets, run, spec } = work;
  return {
    "run.id": run.id,
    "env.name": plan.environment.name,
    ...(plan.environment.url === undefined ? {} : { "env.url": plan.environment.url }),
    ...(release === undefined ? {} : { "release.id": release.id, "release.name": release.name }),
    ...(release?.commit === undefined ? {} : { "release.commit": release.commit }),
    ...plan.inputs,
    ...secrets,
    ...spec.with,
  };
}

function unanswered({ name }: Scenario, missing: readonly string[]): Fault {
  const names = missing.map((each) => `\${${each}}`).join(", ");
  return new Fault({
    code: "scenario-cannot-ask",
    what: `Scenario "${name}" looks up ${names}, which this step may not see or nobody knows.`,
    fix: "Add it to the step's `secrets` or `with`, or declare it as an input.",
  });
}

type Built = Extract<PreparedStep, { ok: true }>["request"];

async function requestOf({ method, url, headers, body, tls }: Built): Promise<Prepared["request"]> {
  const base = { method, url, headers, ...(tls === undefined ? {} : { tls }) };
  if (body === undefined) return base;
  if (typeof body === "string" || body instanceof Uint8Array) return { ...base, body };
  if ("parts" in body) throw unsendable("A form with parts cannot be sent again and again.");
  const { size } = await stat(body.file);
  if (size > MOST_BODY_BYTES)
    throw unsendable(`A body of ${size} bytes is more than the ${MOST_BODY_BYTES} that are kept.`);
  return { ...base, body: await readFile(body.file) };
}

function unsendable(what: string): Fault {
  return new Fault({
    code: "load-cannot-ask",
    what,
    fix: "Use a request with a smaller, plain body.",
  });
}
