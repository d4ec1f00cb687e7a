import path from "node:path";
import { readYamlText } from "../../lib/yaml-text.ts";
import { Fault } from "../../model/failure.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { Release } from "../../model/release.ts";
import type { Act } from "../../ports/driver.ts";
import { type Told, words } from "./docker.ts";
import { ending, isFine } from "../docker-trouble.ts";
import { list, object } from "./json.ts";
import { filesOf } from "./options.ts";
import { type Placeholders, placeholders } from "./placeholders.ts";
import { type FileText, refusedPlace } from "./refused-place.ts";
import type { Setting } from "./setting.ts";
import { readIfThere } from "./stored.ts";

/** A release whose files are in a folder. */
export interface Source {
  readonly release: Release;
  /** Absolute. */
  readonly from: string;
  readonly act: Act;
}

/** A stack's file as Compose itself reads it: complete, with absolute paths, and with stand-ins for secrets. */
export interface Rendered {
  readonly compose: "v1" | "v2";
  readonly config: JsonObject;
  readonly stands: Placeholders;
}

const CAPS = { bytes: 8_000_000, depth: 60, nodes: 200_000 };

/** Has Compose read the release's file, with everything filled in. Fault `compose-file-refused` in its own words. */
export async function render(setting: Setting, { release, from, act }: Source): Promise<Rendered> {
  const { docker, options, secrets } = setting;
  const stands = placeholders(secrets);
  const compose = await docker.version(act);
  const told = await docker.composeLook(
    [...fileArguments(setting), "config", ...(compose === "v2" ? ["--format", "json"] : [])],
    act,
    {
      cwd: from,
      env: { ...stands.env, ...given(release), ...hidden(options.env, stands) },
    },
  );
  if (!isFine(told)) throw await refused(setting, from, told);
  for (const line of warningsIn(told)) act.say(line);
  const config = parse(setting, told.stdout, compose);
  return { compose, config: compose === "v2" ? config : askedFor(setting, config), stands };
}

/** v1 renders services of every profile. */
function askedFor({ options }: Setting, config: JsonObject): JsonObject {
  const isAsked = ([, service]: readonly [string, Json]) => {
    const profiles = list(object(service)["profiles"]);
    return profiles.length === 0 || options.profiles.some((each) => profiles.includes(each));
  };
  const services = Object.entries(object(config["services"])).filter(isAsked);
  return { ...config, services: Object.fromEntries(services) };
}

function fileArguments({ name, options }: Setting): readonly string[] {
  return [
    ["-p", name],
    ...filesOf(options).map((file) => ["-f", file]),
    ...(options.env_file === undefined ? [] : [["--env-file", options.env_file]]),
    ...options.profiles.map((profile) => ["--profile", profile]),
  ].flat();
}

/** What every file may ask for. */
function given({ id, name, commit }: Release): Record<string, string> {
  return { RELEASE: name, RELEASE_ID: id, RELEASE_COMMIT: commit ?? "" };
}

function hidden(env: Readonly<Record<string, string>>, stands: Placeholders) {
  return Object.fromEntries(Object.entries(env).map(([key, value]) => [key, stands.hide(value)]));
}

function parse(setting: Setting, text: string, compose: "v1" | "v2"): JsonObject {
  if (compose === "v2")
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Compose wrote it
    return JSON.parse(text) as JsonObject;
  const read = readYamlText(text, { caps: CAPS });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- plain YAML data, which Compose wrote
  if (read.ok) return read.text.value as JsonObject;
  const [first] = read.faults;
  throw new Fault({
    code: "compose-file-refused",
    what: `What docker-compose makes of ${filesOf(setting.options).join(", ")} can't be read: ${first?.what ?? "it is no YAML"}`,
    fix: "Use Compose v2, or write the file without what is named here.",
  });
}

async function refused({ options }: Setting, from: string, told: Told): Promise<Fault> {
  const names = filesOf(options);
  // Where the checkout lies says nothing to people: the place in their own file does.
  const said = words(told).replaceAll(`${from}/`, "");
  const texts = await Promise.all(
    names.map(async (file): Promise<readonly FileText[]> => {
      const text = await readIfThere(path.join(from, file));
      return text === undefined ? [] : [{ file, text }];
    }),
  );
  const place = refusedPlace(texts.flat(), said) ?? names.join(", ");
  return new Fault({
    code: "compose-file-refused",
    what: `Compose refuses ${place}: ${inOneLine(said) ?? ending(told)}`,
    fix: "Mend that place, commit, and run again.",
    detail: said,
  });
}

/** What it refuses, without what it warns of meanwhile. */
function inOneLine(said: string): string | undefined {
  const lines = said.split("\n").filter((line) => !isWarning(line));
  const line = lines.join(" ").replaceAll(/\s+/g, " ").trim();
  return line === "" ? undefined : line.slice(0, MOST_CHARS);
}

const MOST_CHARS = 300;

function isWarning(line: string): boolean {
  return /level=warning|^WARNING:/i.test(line);
}

function warningsIn({ tail }: Told): readonly string[] {
  return tail
    .split("\n")
    .filter(isWarning)
    .map((line) => /msg="(.*)"/.exec(line)?.[1]?.replaceAll('\\"', '"') ?? line)
    .filter((line) => !line.includes("`version` is obsolete"));
}
