import { Fault } from "../../model/failure.ts";
import type { Work } from "../../ports/step-kind.ts";
import { readScenario, runScenario, type Value } from "../../scenario/index.ts";
import { explain, hasPassed, show } from "../kept.ts";
import { insidePart, shellAt } from "../inside.ts";
import { toCommand } from "../own-command.ts";
import { inProject } from "../places.ts";
import { workingFolder } from "../scenario/files.ts";
import { inThread, programBeside } from "../thread.ts";
import { lookAtPostgres } from "./postgres.ts";
import { keptValue, rowsValue, type Trait } from "./print.ts";
import type { Look, TwiceSpec } from "./spec.ts";
import type { Seen, Task } from "./sqlite/program.ts";

export type TwiceWork = Work<TwiceSpec>;

/** Looks at everything that must stay the same, one after the other. */
export async function lookAtAll(work: TwiceWork): Promise<readonly Trait[]> {
  const traits: Trait[] = [];
  for (const [index, look] of work.spec.same.entries()) {
    work.signal.throwIfAborted();
    const of = work.spec.same.length > 1 ? `${index + 1}. ` : "";
    const seen = await lookAt(work, look);
    traits.push(...seen.map((trait) => ({ ...trait, name: of + trait.name })));
  }
  if (traits.length <= MOST_TRAITS) return traits;
  throw new Fault({
    code: "twice-too-much",
    what: `There are ${traits.length} things to compare; the most is ${MOST_TRAITS}.`,
    fix: "Name the tables that matter.",
  });
}

const MOST_TRAITS = 1_000;

function lookAt(work: TwiceWork, look: Look): Promise<readonly Trait[]> {
  if (look.sqlite !== undefined) return lookAtDatabase(work, look, look.sqlite);
  if (look.postgres !== undefined) return lookAtPostgres(work, look, look.postgres);
  if (look.command !== undefined) return lookAtOutput(work, look.command, look.in);
  return lookAtCaptures(work, look);
}

async function lookAtDatabase(
  { project, signal }: TwiceWork,
  { tables, query, content = true }: Look,
  file: string,
): Promise<readonly Trait[]> {
  const task: Task = {
    path: inProject(project, file),
    content,
    ...(tables && { tables }),
    ...(query !== undefined && { query }),
  };
  const seen = await inThread<Seen>(programBeside(import.meta.url, "sqlite/program"), task, signal);
  return seen.map(({ name, ...rest }) => ({
    name: `${file}: ${name}`,
    value: rowsValue(rest),
    empty: rest.rows === 0,
  }));
}

const MOST_OUTPUT_BYTES = 1_048_576;

async function lookAtOutput(
  work: TwiceWork,
  run: readonly [string, ...string[]],
  place: Look["in"],
): Promise<readonly Trait[]> {
  const { signal, timeoutMs, spec } = work;
  const name = show(run);
  const limits = { timeoutMs, signal, maxBytes: MOST_OUTPUT_BYTES };
  const where = place === "here" ? undefined : (place ?? spec.in);
  const command = toCommand({ ...work, spec: { ...spec, in: where } }, { run });
  const placed = await insidePart(work, where, command);
  const finished = await shellAt(work, where).look(placed, limits);
  if (!hasPassed(finished)) throw new Fault(explain(finished, name));
  if (Buffer.byteLength(finished.stdout) >= MOST_OUTPUT_BYTES)
    throw new Fault({
      code: "twice-too-much",
      what: `${name} says more than ${MOST_OUTPUT_BYTES} bytes; the rest can't be compared.`,
      fix: "Let it say counts, or a digest.",
    });
  const { stdout } = finished;
  return [{ name, value: keptValue(stdout), empty: stdout.trim() === "" }];
}

async function lookAtCaptures(work: TwiceWork, look: Look): Promise<readonly Trait[]> {
  const { text = "", path = "", scenario = "" } = look;
  const read = readScenario(text, path);
  if (!read.ok) throw unusable(scenario, read.diagnostics[0]?.what ?? "it can't be read");
  await using folder = await workingFolder(work);
  const { outcome, failure, captured } = await runScenario(read.value, {
    http: work.http,
    clock: work.clock,
    answers: answersFor(work, look),
    secrets: Object.values(work.secrets),
    scratch: folder.path,
    fixture: () => undefined,
    save: async () => undefined,
    progress: () => undefined,
    signal: work.signal,
  });
  if (outcome !== "passed") throw unusable(scenario, failure?.what ?? `it ended as ${outcome}`);
  return captured.map(({ name, value, secret }) => ({
    name: `${scenario}: ${name}`,
    value: keptValue(plain(value), secret),
    empty: value === null || value === "",
  }));
}

/** A text keeps its quotes, so that "7" is another value than 7. */
function plain(value: Value): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === "bigint" ? String(each) : each,
  );
}

function answersFor({ plan, release, secrets, run }: TwiceWork, look: Look) {
  const { url } = plan.environment;
  return {
    "run.id": run.id,
    "env.name": plan.environment.name,
    ...(url === undefined ? {} : { "env.url": url }),
    ...(release && { "release.id": release.id, "release.name": release.name }),
    ...(release?.commit === undefined ? {} : { "release.commit": release.commit }),
    ...plan.inputs,
    ...secrets,
    ...look.with,
  };
}

function unusable(scenario: string, why: string): Fault {
  return new Fault({
    code: "twice-scenario",
    what: `The scenario ${scenario} could not be looked at: ${why}`,
    fix: "Let it pass by itself first, as a step of its own.",
  });
}
