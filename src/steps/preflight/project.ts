import { open } from "node:fs/promises";
import { compilePattern } from "../../lib/pattern.ts";
import { inProject } from "../places.ts";
import { codeOf } from "./machine.ts";
import { bad, good, type CheckOf, type PreflightWork, type Row } from "./row.ts";

const MOST_BYTES = 4 * 1_048_576;

/** A file that is there, and holds what it should. */
export async function file({ project }: PreflightWork, check: CheckOf<"file">): Promise<Row> {
  const name = `file ${check.file}`;
  const text = await read(inProject(project, check.file));
  if (typeof text !== "string")
    return bad(name, text.why, `Put ${check.file} where the plan says, readable for this user.`);
  if (text.trim() === "") return bad(name, "empty", `Write into ${check.file} what belongs there.`);
  if (check.equals !== undefined && text.trim() !== check.equals.trim())
    return bad(name, `says "${start(text)}"`, `Make it say "${start(check.equals)}".`);
  if (check.contains !== undefined && !text.includes(check.contains))
    return bad(name, `lacks "${start(check.contains)}"`, `Add it to ${check.file}.`);
  if (check.matches !== undefined) return matching(name, text, check.matches);
  return good(name, check.equals === undefined ? "there" : `says "${start(text)}"`);
}

function matching(name: string, text: string, wanted: string): Row {
  const compiled = compilePattern(wanted);
  if (!compiled.ok)
    return bad(name, `/${wanted}/ is no pattern: ${compiled.why}`, "Correct the pattern.");
  const found = compiled.pattern.find(text);
  return found
    ? good(name, `has "${start(found.text)}"`)
    : bad(name, `nothing matches /${wanted}/`, "Mend the file, or the pattern.");
}

async function read(path: string): Promise<string | { readonly why: string }> {
  try {
    await using handle = await open(path);
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(MOST_BYTES) });
    return buffer.toString("utf8", 0, bytesRead);
  } catch (error) {
    const code = codeOf(error);
    return { why: code === "ENOENT" ? "missing" : code === "EISDIR" ? "a folder" : code };
  }
}

function start(text: string): string {
  const line = text.trim().split("\n", 1)[0] ?? "";
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}

/** Only its length is ever said. */
export async function secret({ secrets }: PreflightWork, check: CheckOf<"secret">): Promise<Row> {
  const name = `secret ${check.secret}`;
  const value = secrets[check.secret];
  if (value === undefined)
    return bad(
      name,
      "not given to this step",
      `Declare it: \`secrets: [${check.secret}]\` on the preflight step.`,
    );
  if (value === "") return bad(name, "empty", `Give ${check.secret} a value.`);
  const least = check.min_length ?? 1;
  const length = Array.from(value).length;
  return length >= least
    ? good(name, `${length} characters`)
    : bad(name, `${length} characters`, `Give it at least ${least} characters.`);
}
