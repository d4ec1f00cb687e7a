import { writeFileSync } from "node:fs";
import path from "node:path";
import { parseDuration } from "../../lib/duration.ts";
import { showSafely } from "../../lib/escape.ts";
import { EXIT } from "../../model/exit.ts";
import { Fault } from "../../model/failure.ts";
import {
  onGiven,
  type AddCommand,
  type AloneRequest,
  type Bridge,
  type Given,
  type ToneLine,
} from "../command.ts";
import { endWith } from "../failures.ts";
import { settingsOf } from "../inputs.ts";
import { paintTone } from "../paint.ts";

const MOST_MS = 24 * 3_600_000;
const FORMS = ["junit", "html"] as const;

/** `seaworthy scenario FILE` and `seaworthy scenario import FILE` */
export const addScenario: AddCommand = (program, bridge, done) => {
  const command = program
    .command("scenario")
    .summary("run one scenario against an address")
    .description(
      "Runs one scenario, without a project: asks what it asks, and says of each answer whether it is as it must be. With `import` as the first word: drafts a scenario from a HAR file or an OpenAPI document.",
    )
    .argument("<file>", "the scenario; or `import`")
    .argument("[words...]", "values that it looks up: NAME=VALUE; or the file to import")
    .option("--base <url>", "where the application answers; what ${env.url} stands for")
    .option("--secret <name>", "a name whose value is never shown (several times)", several)
    .option("--junit <file>", "write a JUnit report, one testcase a step")
    .option("--html <file>", "write the report as one page")
    .option("--keep <folder>", "keep what the steps save")
    .option("--timeout <duration>", "give up after this long", "10m")
    .option("--out <file>", "with import: write the draft there; it must not exist")
    .addHelpText("after", EXAMPLES);
  onGiven(command, done, async (given) => {
    try {
      return given.words[0] === "import"
        ? await importOne(bridge, given)
        : await runOne(bridge, given);
    } catch (error) {
      return endWith(bridge.terminal, error, Boolean(given.common.json));
    }
  });
};

/** What an option that may be given several times has gathered. */
function several(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

const EXAMPLES = `
Values that it looks up come from NAME=VALUE, else from an environment variable of that name. Give passwords by the
environment: names with PASS, TOKEN, SECRET or KEY in them are never shown.

Examples:
  SMOKE_PASS=… seaworthy scenario smoke.scenario.yaml --base https://staging.example.com SMOKE_USER=prof1
  seaworthy scenario import recording.har --out smoke.scenario.yaml

With --json the verdict is one document on stdout.

Exit codes: 0 passed; 2 the file or the flags are wrong, nothing was asked; 3 it did not pass; 130 interrupted.
`;

async function runOne(bridge: Bridge, given: Given): Promise<number> {
  const { terminal } = bridge;
  const stop = new AbortController();
  const off = terminal.onStop(() => {
    if (stop.signal.aborted) terminal.exit(EXIT.interrupted);
    stop.abort();
    terminal.err(
      "! stopping: the steps that must always be done are done. Ctrl-C again leaves at once.\n",
    );
  });
  const print = (lines: readonly ToneLine[]) => terminal.out(drawn(bridge, lines));
  const ended = given.common.json ? () => undefined : print;
  try {
    const result = await bridge.runScenario(
      requestOf(bridge, given, { signal: stop.signal, ended }),
    );
    if (!result.ok) return wrongText(bridge, given, result);
    terminal.err(result.warnings);
    if (given.common.json) terminal.out(result.json);
    else print(result.lines);
    for (const form of FORMS)
      if (given.text(form) !== undefined) terminal.err(`wrote ${given.text(form) ?? ""}\n`);
    if (stop.signal.aborted) return EXIT.interrupted;
    return result.outcome === "passed" ? EXIT.accepted : EXIT.refused;
  } finally {
    off();
  }
}

function requestOf(
  { folder }: Bridge,
  given: Given,
  more: Pick<AloneRequest, "signal" | "ended">,
): AloneRequest {
  const asked = given.words[0] ?? "";
  const keep = given.text("keep");
  return {
    file: path.resolve(folder, asked),
    shown: asked,
    ...(given.text("base") === undefined ? {} : { base: baseOf(given) }),
    given: settingsOf(given.rest),
    secrets: given.texts("secret"),
    reports: FORMS.flatMap((form) => {
      const wish = given.text(form);
      return wish === undefined ? [] : [{ form, file: path.resolve(folder, wish) }];
    }),
    ...(keep === undefined ? {} : { keep: path.resolve(folder, keep) }),
    timeoutMs: timeoutOf(given),
    ...more,
  };
}

function drawn({ terminal }: Bridge, lines: readonly ToneLine[]): string {
  return lines.map(({ tone, text }) => `${paintTone(terminal, tone, showSafely(text))}\n`).join("");
}

function wrongText(
  { terminal }: Bridge,
  { common }: Given,
  { text, diagnostics }: { readonly text: string; readonly diagnostics: readonly unknown[] },
): number {
  const result = { type: "result", exit: EXIT.usage, valid: false, diagnostics };
  if (common.json) terminal.out(`${JSON.stringify(result, null, 2)}\n`);
  else terminal.err(text);
  return EXIT.usage;
}

/** Fault `file-unwritable`. */
function writeNew(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: "wx" });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Fault(
      {
        code: "file-unwritable",
        what: `${file} cannot be written: ${why}`,
        fix: "Name another file, or make room for this one.",
      },
      { cause: error },
    );
  }
}

function baseOf(given: Given): string {
  const base = given.text("base") ?? "";
  if (/^https?:\/\/[^/]/.test(base) && URL.canParse(base)) return base;
  throw new Fault({
    code: "not-a-url",
    what: `"${base}" is not a URL that a scenario could ask.`,
    fix: "Write it with http:// or https://: --base https://staging.example.com",
  });
}

function timeoutOf(given: Given): number {
  const ms = parseDuration(given.text("timeout") ?? "");
  if (ms !== undefined && ms > 0 && ms <= MOST_MS) return ms;
  throw new Fault({
    code: "not-a-duration",
    what: `"${given.text("timeout") ?? ""}" is not a time to wait.`,
    fix: "Write 30s, 10m or 2h, at most 24h.",
  });
}

async function importOne(bridge: Bridge, given: Given): Promise<number> {
  const { terminal, folder } = bridge;
  const [source] = given.rest;
  if (source === undefined || given.rest.length > 1)
    throw new Fault({
      code: "nothing-to-import",
      what: `Import takes one file, not ${given.rest.length}.`,
      fix: "seaworthy scenario import recording.har --out smoke.scenario.yaml",
    });
  const out = given.text("out");
  const draft = await bridge.importScenario({
    file: path.resolve(folder, source),
    shown: source,
    ...(out === undefined ? {} : { out: path.resolve(folder, out) }),
  });
  if (!draft.ok) return wrongText(bridge, given, draft);
  const { text, kind, steps, needs, notes } = draft;
  if (out !== undefined) writeNew(path.resolve(folder, out), text);
  if (given.common.json)
    terminal.out(`${JSON.stringify({ kind, steps, needs, notes, text }, null, 2)}\n`);
  else if (out === undefined) terminal.out(text);
  const where = out === undefined ? "" : `wrote ${out}, `;
  terminal.err(`${where}${steps} steps drafted from ${kind}. Read it before you rely on it.\n`);
  for (const [name, what] of Object.entries(needs)) terminal.err(`  give ${name}: ${what}\n`);
  return EXIT.accepted;
}
