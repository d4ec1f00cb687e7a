import path from "node:path";
import { Fault } from "../model/failure.ts";
import type { SecretSource } from "../model/plan.ts";
import type { Secrets, SecretValues } from "../ports/secrets.ts";
import type { Shell } from "../ports/shell.ts";
import { commandFailed, missing, tooShort, unusable, type Absence } from "./secrets-faults.ts";
import { LONGEST, readSecretFile } from "./secrets-file.ts";
import { keepMade, make, readKept } from "./secrets-made.ts";

/** Longest time that a command may take to print a secret; somebody may have to touch a key. */
const PATIENCE_MS = 60_000;

export interface SecretsWorld {
  /** Absolute folder of what was made: `.seaworthy/secrets`. */
  readonly folder: string;
  /** Absolute folder of the project file; files and commands are relative to it. */
  readonly project: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Must not mask: nobody knows the value yet that it is to print. */
  readonly shell: Pick<Shell, "look">;
}

interface Found {
  readonly source: SecretSource;
  readonly value: string;
  readonly from: string;
}

type Search = Found | { readonly absent: Absence } | { readonly toMake: Made };
type Made = SecretSource & { readonly from: { readonly kind: "generate" } };

/** Finds secrets in the environment, in files and by commands, and makes the ones that may be made. */
export function openSecrets(world: SecretsWorld): Secrets {
  return {
    async open(sources) {
      const searches: Search[] = [];
      for (const source of Object.values(sources)) searches.push(await search(world, source));
      const absent = searches.flatMap((each) => ("absent" in each ? [each.absent] : []));
      if (absent.length > 0) throw missing(absent);
      // Made last, so that a run that can't begin leaves nothing behind.
      const found: Found[] = [];
      for (const each of searches) {
        if ("value" in each) found.push(each);
        else if ("toMake" in each) found.push(await makeAndKeep(world, each.toMake));
      }
      checkLengths(found);
      return valuesOf(found);
    },
  };
}

async function search(world: SecretsWorld, source: SecretSource): Promise<Search> {
  const { from } = source;
  switch (from.kind) {
    case "environment":
      return (
        given(world, source, from.variable) ??
        absence(source, `Set ${from.variable} in the environment.`)
      );
    case "file":
      return fromFile(world, source, from.path);
    case "command":
      return fromCommand(world, source, from.argv);
    case "generate":
      return (
        given(world, source, from.variable) ??
        (await kept(world, source)) ?? { toMake: { ...source, from } }
      );
  }
}

function given(world: SecretsWorld, source: SecretSource, variable: string): Found | undefined {
  const value = world.environment[variable];
  return isBlank(value) ? undefined : { source, value, from: `environment ${variable}` };
}

function isBlank(value: string | undefined): value is undefined {
  return value === undefined || value.trim() === "";
}

function absence({ name, about }: SecretSource, fix: string): Search {
  return { absent: { name, about, fix } };
}

async function fromFile(world: SecretsWorld, source: SecretSource, named: string): Promise<Search> {
  const file = path.resolve(world.project, named);
  const inside = !`${path.relative(world.project, file)}/`.startsWith("../");
  if (!inside && !path.isAbsolute(named)) {
    const what = `The file of ${source.name}, ${named}, is outside the project.`;
    throw unusable(what, `Give its whole path, ${file}, if that is what you mean.`);
  }
  const value = await readSecretFile(source.name, file);
  if (isBlank(value)) return absence(source, `Write it to ${file} and run: chmod 600 ${file}`);
  return { source, value, from: `file ${named}` };
}

async function fromCommand(
  world: SecretsWorld,
  source: SecretSource,
  argv: readonly string[],
): Promise<Search> {
  const [program = "", ...rest] = argv;
  const env = Object.fromEntries(
    Object.entries(world.environment).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
  const looked = await world.shell.look(
    { argv: [program, ...rest], cwd: world.project, env },
    { timeoutMs: PATIENCE_MS, maxBytes: LONGEST + 3 },
  );
  // What it said is not shown: the value may be in it.
  if (looked.ended.how !== "exit" || looked.ended.code !== 0)
    throw commandFailed(source.name, argv, looked.ended);
  const value = looked.stdout.replace(/\r?\n$/, "");
  if (isBlank(value))
    return absence(source, `Its command printed nothing; try it: ${argv.join(" ")}`);
  if (Buffer.byteLength(value) > LONGEST || /[\0\ufffd]/.test(value)) {
    const what = `What the command of ${source.name} printed is not text of at most ${LONGEST} bytes.`;
    throw unusable(what, "Let the command print base64, and decode it where it is used.");
  }
  return { source, value, from: `command ${argv.join(" ")}` };
}

async function kept(world: SecretsWorld, source: SecretSource): Promise<Found | undefined> {
  const value = await readKept(world.folder, source.name);
  return value === undefined ? undefined : { source, value, from: keptIn(world, source.name) };
}

async function makeAndKeep(world: SecretsWorld, source: Made): Promise<Found> {
  const fresh = {
    source,
    value: make(source.from.form, source.from.bytes),
    from: keptIn(world, source.name),
  };
  checkLengths([fresh]);
  return { ...fresh, value: await keepMade(world.folder, source.name, fresh.value) };
}

function keptIn({ project, folder }: SecretsWorld, name: string): string {
  return `made and kept in ${path.relative(project, path.join(folder, name))}`;
}

function checkLengths(found: readonly Found[]): void {
  const short = found.filter(({ source, value }) => value.length < source.minLength);
  if (short.length === 0) return;
  throw tooShort(
    short.map(({ source, value, from }) => ({
      name: source.name,
      length: value.length,
      least: source.minLength,
      from,
    })),
  );
}

function valuesOf(found: readonly Found[]): SecretValues {
  const values = new Map(found.map(({ source, value }) => [source.name, value]));
  const valueOf = (name: string) => {
    const value = values.get(name);
    if (value !== undefined) return value;
    throw new Fault({
      code: "secret-not-declared",
      what: `No secret ${name} is declared.`,
      fix: `Declare ${name} under secrets in the project file, or correct the name.`,
    });
  };
  return {
    pick: (names) => Object.fromEntries(names.map((name) => [name, valueOf(name)])),
    all: () => [...values.values()],
    facts: () =>
      found.map(({ source, value, from }) => ({ name: source.name, length: value.length, from })),
  };
}
