import { open } from "node:fs/promises";
import { inProject } from "../places.ts";
import { judgeNoFile, judgeText } from "./judge.ts";
import { codeOf } from "./machine.ts";
import { bad, good, type CheckOf, type PreflightWork, type Row } from "./row.ts";

const MOST_BYTES = 4 * 1_048_576;

/** A file that is there, and holds what it should. */
export async function file({ project }: PreflightWork, check: CheckOf<"file">): Promise<Row> {
  const text = await read(inProject(project, check.file));
  return typeof text === "string" ? judgeText(check, text) : judgeNoFile(check, text.why);
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
