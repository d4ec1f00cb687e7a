/** What a CI understands of what it is given: the documented grammars, as their own readers read them. */

/** A command that a GitHub runner takes out of a line. */
export interface RunnerCommand {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

const KNOWN = new Set(
  "error warning notice debug group endgroup add-mask add-path set-env set-output save-state stop-commands add-matcher remove-matcher echo internal-set-repo-path".split(
    " ",
  ),
);

/** Reads a log as a runner does, line by line: first for `::name …::data`, then for the older `##[name …]data`. */
export function runnerCommands(log: string): readonly RunnerCommand[] {
  return log.split(/\r\n|\r|\n/).flatMap((line) => newForm(line) ?? oldForm(line) ?? []);
}

function newForm(line: string): RunnerCommand | undefined {
  const text = line.trimStart();
  const end = text.startsWith("::") ? text.indexOf("::", 2) : -1;
  if (end < 0) return undefined;
  const info = text.slice(2, end);
  const space = info.indexOf(" ");
  const name = space < 0 ? info : info.slice(0, space);
  if (!KNOWN.has(name.toLowerCase())) return undefined;
  const given = space < 0 ? "" : info.slice(space + 1).trim();
  return {
    name,
    properties: pairs(given, ",", PROPERTY),
    data: unescape(text.slice(end + 2), DATA),
  };
}

function oldForm(line: string): RunnerCommand | undefined {
  const start = line.indexOf("##[");
  const end = start < 0 ? -1 : line.indexOf("]", start);
  if (end < 0) return undefined;
  const info = line.slice(start + 3, end);
  const space = info.indexOf(" ");
  const name = space < 0 ? info : info.slice(0, space);
  if (!KNOWN.has(name.toLowerCase())) return undefined;
  return {
    name,
    properties: pairs(space < 0 ? "" : info.slice(space + 1), ";", OLD),
    data: unescape(line.slice(end + 1), OLD),
  };
}

type Escapes = readonly (readonly [string, string])[];

const DATA: Escapes = [
  ["%0D", "\r"],
  ["%0A", "\n"],
  ["%25", "%"],
];
const PROPERTY: Escapes = [
  ["%0D", "\r"],
  ["%0A", "\n"],
  ["%3A", ":"],
  ["%2C", ","],
  ["%25", "%"],
];
const OLD: Escapes = [
  ["%3B", ";"],
  ["%0D", "\r"],
  ["%0A", "\n"],
  ["%5D", "]"],
  ["%25", "%"],
];

function pairs(text: string, separator: string, escapes: Escapes): Record<string, string> {
  const found: Record<string, string> = {};
  for (const pair of text.split(separator).filter(Boolean)) {
    const [key = "", ...rest] = pair.split("=");
    const value = rest.join("=").replace(/^=+/, "");
    if (key !== "" && value !== "") found[key.toLowerCase()] = unescape(value, escapes);
  }
  return found;
}

function unescape(text: string, escapes: Escapes): string {
  return escapes.reduce((all, [escaped, plain]) => all.replaceAll(escaped, plain), text);
}

/** Reads the file of a step's outputs: `NAME=VALUE`, or `NAME<<WORD`, lines, `WORD`. */
export function runnerOutputs(text: string): Readonly<Record<string, string>> {
  const outputs: Record<string, string> = {};
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new Error("the file does not end with a line");
  while (lines.length > 0) {
    const line = lines.shift() ?? "";
    if (line === "") continue;
    const [equals, heredoc] = [line.indexOf("="), line.indexOf("<<")];
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      outputs[line.slice(0, equals)] = line.slice(equals + 1);
      continue;
    }
    if (heredoc <= 0 || heredoc + 2 === line.length) throw new Error(`Invalid format '${line}'`);
    const end = lines.indexOf(line.slice(heredoc + 2));
    if (end < 0) throw new Error(`Matching delimiter not found '${line.slice(heredoc + 2)}'`);
    outputs[line.slice(0, heredoc)] = lines.splice(0, end).join("\n");
    lines.shift();
  }
  return outputs;
}

/** Reads a dotenv report as GitLab does: the strictest of its servers, ten variables in 5 KiB. */
export function dotenvVariables(text: string): Readonly<Record<string, string>> {
  if (Buffer.byteLength(text) > 5 * 1024) throw new Error("Dotenv Artifact Too Big");
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  if (lines.length > 10) throw new Error("Dotenv files cannot have more than 10 variables");
  const found = lines.map((line): [string, string] => {
    const [, key = "", value = ""] = /^(.*)=(.*)$/m.exec(line) ?? [];
    if (!/^[A-Za-z0-9_]+$/.test(key.trim())) throw new Error(`Invalid Format: ${line}`);
    return [key.trim(), value.trim()];
  });
  return Object.fromEntries(found);
}

/** A part of a GitLab log that can be folded. */
export interface LogSection {
  readonly name: string;
  readonly title: string;
  readonly seconds: number;
  readonly lines: readonly string[];
}

// oxlint-disable-next-line no-control-regex -- the marks have control characters
const MARK = /section_(start|end):(\d+):([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?\r\u001b\[0K/g;

/** Reads the sections of a GitLab log; one that is not ended, or ended twice, is an error. */
export function logSections(log: string): readonly LogSection[] {
  const marks = [...log.matchAll(MARK)];
  const found: LogSection[] = [];
  for (let index = 0; index < marks.length; index += 2) {
    const [start, end] = [marks[index], marks[index + 1]];
    if (start?.[1] !== "start" || end?.[1] !== "end" || start[3] !== end[3])
      throw new Error(`section ${start?.[3]} is not followed by its end`);
    const [title = "", ...lines] = log.slice(start.index + start[0].length, end.index).split("\n");
    const seconds = Number(end[2]) - Number(start[2]);
    found.push({ name: start[3] ?? "", title, seconds, lines: lines.filter(Boolean) });
  }
  return found;
}
