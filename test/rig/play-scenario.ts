import type { HttpRequest } from "../../src/ports/http.ts";
import { readScenario, runScenario } from "../../src/scenario/index.ts";
import type { Scenario, ScenarioWorld } from "../../src/scenario/index.ts";
import { scripted } from "./grading-app.ts";
import type { Reply } from "./grading-app.ts";
import { virtualClock } from "./virtual-clock.ts";

/** The scenario of a text; whatever is wrong with it fails the test. */
export function loaded(text: string, files: Readonly<Record<string, string>> = {}): Scenario {
  const read = readScenario(text, "flow.scenario.yaml", { files: (path) => files[path] });
  if (!read.ok)
    throw new Error(
      read.diagnostics.map(({ file, line, what }) => `${file}:${line} ${what}`).join("\n"),
    );
  return read.value;
}

/** A world in memory whose server is a function. */
export function scenarioWorld(
  reply: (request: HttpRequest) => Reply | Promise<Reply>,
  given: Partial<ScenarioWorld> = {},
) {
  const said: string[] = [];
  const saved = new Map<string, string>();
  const http = scripted(reply);
  const world: ScenarioWorld = {
    http,
    clock: virtualClock(),
    answers: { "env.url": "http://app.test" },
    // Below a file: what should need no folder cannot make one.
    scratch: "/dev/null/nowhere",
    fixture: () => undefined,
    save: async (name, content) => void saved.set(name, Buffer.from(content).toString()),
    progress: (words) => void said.push(words),
    signal: new AbortController().signal,
    ...given,
  };
  const asked = () => http.asked.map(({ method, url }) => `${method} ${url.slice(15)}`);
  return { world, said, saved, http, asked };
}

/** Runs a scenario against a function. */
export async function played(
  text: string,
  reply: (request: HttpRequest) => Reply | Promise<Reply>,
  given: Partial<ScenarioWorld> & { readonly files?: Readonly<Record<string, string>> } = {},
) {
  const { files, ...more } = given;
  const made = scenarioWorld(reply, more);
  const verdict = await runScenario(loaded(text, files), made.world);
  return { verdict, ...made };
}
