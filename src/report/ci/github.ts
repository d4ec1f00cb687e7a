import type { Annotation } from "./annotations.ts";

/**
 * Words to a GitHub Actions runner. It reads every line of both streams for commands, in two forms:
 * `::name key=value,key=value::data` at the beginning of a line, and the older `##[name]data` anywhere in one.
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 */

/** One command on a line of its own. */
export function command(
  name: string,
  data: string,
  properties: Readonly<Record<string, string | number>> = {},
): string {
  const pairs = Object.entries(properties)
    // An empty value is not a value to the runner.
    .filter(([, value]) => value !== "")
    .map(([key, value]) => `${key}=${property(String(value))}`);
  const head = pairs.length === 0 ? name : `${name} ${pairs.join(",")}`;
  return `::${head}::${escapeData(data)}\n`;
}

function escapeData(text: string): string {
  // The older form is looked for in every line that is not a command; ours always is one.
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

/** Somebody else's words, so that the runner takes nothing in them for a command. */
export function withoutCommands(text: string): string {
  return text.replaceAll(/^([^\S\n]*):(?=:)/gm, "$1·:").replaceAll("##[", "##·[");
}

/** JSON that holds somebody else's words; it stays the same JSON. */
export function jsonWithoutCommands(text: string): string {
  return text.replaceAll("##[", "##\\u005b");
}

/** The runner keeps as many annotations of a step and kind, and drops the others without a word. */
const MOST_OF_A_KIND = 10;
/** The runner cuts longer messages itself, and says nothing. */
const LONGEST_MESSAGE = 4_096;
const LONGEST_TITLE = 255;

/** How many annotations of each kind found no room. */
export type Left = Readonly<Record<Annotation["level"], number>>;

/** As many annotations as are shown, in their order, and the number of those that are not. */
export function annotate(
  annotations: readonly Annotation[],
  fileOf: (file: string) => string,
): { readonly text: string; readonly left: Left } {
  const counts = { error: 0, warning: 0, notice: 0 };
  const lines = annotations.flatMap((annotation) => {
    counts[annotation.level] += 1;
    return counts[annotation.level] > MOST_OF_A_KIND ? [] : [annotationLine(annotation, fileOf)];
  });
  const left = (kind: Annotation["level"]) => Math.max(0, counts[kind] - MOST_OF_A_KIND);
  return {
    text: lines.join(""),
    left: { error: left("error"), warning: left("warning"), notice: left("notice") },
  };
}

function annotationLine(
  { level, title, message, at }: Annotation,
  fileOf: (file: string) => string,
): string {
  const place = at && { file: fileOf(at.file), line: at.line, col: at.column };
  return command(level, cut(message, LONGEST_MESSAGE), {
    ...place,
    title: cut(title, LONGEST_TITLE),
  });
}

/** At most so many characters, with a word about what is gone. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const note = ` … (${text.length - most} characters more)`;
  return `${text.slice(0, most - note.length - 8).toWellFormed()}${note}`;
}

/** Outputs of the step, in the form that can hold any text. `delimiter` gives a word that nobody can guess. */
export function outputsFile(
  outputs: Readonly<Record<string, string>>,
  delimiter: () => string,
): string {
  return Object.entries(outputs)
    .map(([name, value]) => {
      let end = delimiter();
      while (value.includes(end)) end = delimiter();
      return `${name}<<${end}\n${value}\n${end}\n`;
    })
    .join("");
}

/** The lines between these two are folded away in the log. */
export const group = (title: string): string => command("group", title);
export const endGroup = (): string => command("endgroup", "");
