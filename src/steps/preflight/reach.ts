import { Fault } from "../../model/failure.ts";
import { bad, good, MOST_MS, type CheckOf, type PreflightWork, type Row } from "./row.ts";
import { inProject } from "../places.ts";
import { judgeStatus, judgeTool } from "./judge.ts";

/** A program that can be started, in a version that is good enough. */
export async function tool(
  { shell, project, signal }: PreflightWork,
  check: CheckOf<"tool">,
): Promise<Row> {
  const argv = [check.tool, ...(check.args ?? ["--version"])] as const;
  const { ended, tail } = await shell.look(
    { argv: [...argv], cwd: inProject(project, ".") },
    { timeoutMs: MOST_MS, signal },
  );
  if (ended.how === "not-started") return judgeTool(check, { is: "missing" });
  const isGood = ended.how === "exit" && ended.code === 0;
  return judgeTool(check, { is: isGood ? "said" : "failed", said: tail });
}

/** An address that answers. */
export async function url({ http, signal }: PreflightWork, check: CheckOf<"url">): Promise<Row> {
  const { status } = await http.send({
    method: "GET",
    url: check.url,
    timeoutMs: MOST_MS,
    maxBytes: 65_536,
    signal,
  });
  return judgeStatus(check, status);
}

/** A target that can say what it serves. */
export async function target(work: PreflightWork, check: CheckOf<"target">): Promise<Row> {
  const serving = await work.driver(check.target).current(work.act());
  return good(`target ${check.target}`, serving ? `serves ${serving.name}` : "fresh");
}

/** A browser that says its version. */
export async function browser(
  { browsers }: PreflightWork,
  check: CheckOf<"browser">,
): Promise<Row> {
  const { path, version } = await browsers.find(check.browser);
  return good(`browser ${check.browser}`, `${version}, ${path}`);
}

/** What the world said instead of an answer. */
export function refused(name: string, error: unknown): Row {
  if (error instanceof Fault) return bad(name, error.failure.what, error.failure.fix);
  throw error;
}
