import { Fault } from "../../model/failure.ts";
import type { CookieRecord } from "../../ports/browser.ts";
import type { Work } from "../../ports/step-kind.ts";
import { readScenario, runScenario } from "../../scenario/index.ts";
import type { Value, Verdict } from "../../scenario/index.ts";
import { companion, fixture, workingFolder } from "../scenario/files.ts";
import { spec as scenarioSpec } from "../scenario/spec.ts";
import { answerText } from "./say.ts";
import type { BrowserSpec } from "./spec.ts";

/** What a sign-in gave: for the browser, never to be shown. */
export interface SignedIn {
  readonly cookies: readonly CookieRecord[];
  readonly names: ReadonlyMap<string, string>;
  readonly storage: Readonly<Record<string, string>>;
  /** Values that must be hidden from now on. */
  readonly secrets: readonly string[];
}

const NOBODY: SignedIn = { cookies: [], names: new Map(), storage: {}, secrets: [] };

/** Signs in by the scenario that the plan holds. */
export async function signIn(work: Work<BrowserSpec>): Promise<SignedIn> {
  const { sign_in: given } = work.spec;
  if (given === undefined) return NOBODY;
  const { scenario: file, text, path, texts } = given;
  const theirs = { ...work, spec: { ...scenarioSpec.parse({ file }), ...(texts && { texts }) } };
  const files = (wish: string) => companion(theirs, wish);
  const read = text === undefined ? undefined : readScenario(text, path ?? file, { files });
  if (!read?.ok) throw unreadable(file, read?.diagnostics[0]?.what);
  await using folder = await workingFolder(work);
  const verdict = await runScenario(read.value, {
    http: work.http,
    clock: work.clock,
    answers: answersOf(work, given.with),
    secrets: Object.values(work.secrets),
    scratch: folder.path,
    fixture: (wish) => fixture(theirs, wish),
    save: async () => undefined,
    progress: (words, more) => work.progress(`sign-in ${words}`, more),
    signal: work.signal,
  });
  if (verdict.outcome !== "passed") {
    work.signal.throwIfAborted();
    throw new Fault(verdict.failure ?? didNotPass(file, verdict.summary));
  }
  return fruitsOf(verdict, given.storage);
}

function unreadable(file: string, why = "it is not in the plan"): Fault {
  return new Fault({
    code: "scenario-unreadable",
    what: `The scenario ${file} cannot be read: ${why}`,
    fix: "Run `seaworthy validate` and plan again.",
  });
}

/** What the page is given of it. */
function fruitsOf(
  verdict: Pick<Verdict, "captured" | "cookies">,
  storage: Readonly<Record<string, string>>,
): SignedIn {
  const names = new Map(verdict.captured.map(({ name, value }) => [name, asText(value)]));
  const cookies = Object.values(verdict.cookies).flat();
  const hidden = verdict.captured.filter(({ secret }) => secret).map(({ value }) => asText(value));
  const items = Object.fromEntries(
    Object.entries(storage).map(([name, each]) => [name, answerText(each, names)]),
  );
  return {
    cookies,
    names,
    storage: items,
    // What signs somebody in is a secret, whatever the scenario calls it.
    secrets: [...hidden, ...cookies.map(({ value }) => value), ...Object.values(items)].filter(
      (value) => value.length >= 8,
    ),
  };
}

function answersOf(
  { run, plan, release, secrets }: Work<BrowserSpec>,
  given: Readonly<Record<string, Value>>,
): Readonly<Record<string, Value>> {
  return {
    "run.id": run.id,
    "env.name": plan.environment.name,
    ...(plan.environment.url === undefined ? {} : { "env.url": plan.environment.url }),
    ...(release === undefined ? {} : { "release.id": release.id, "release.name": release.name }),
    ...(release?.commit === undefined ? {} : { "release.commit": release.commit }),
    ...plan.inputs,
    ...secrets,
    ...given,
  };
}

function didNotPass(file: string, summary: string) {
  return {
    code: "sign-in-did-not-pass",
    what: `The sign-in ${file} did not pass: ${summary}.`,
    fix: `Run it alone: seaworthy scenario ${file}`,
  };
}

function asText(value: Value): string {
  return typeof value === "string" ? value : JSON.stringify(value, bigAsText);
}

function bigAsText(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
