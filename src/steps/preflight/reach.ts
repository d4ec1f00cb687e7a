import { Fault } from "../../model/failure.ts";
import { bad, good, MOST_MS, type CheckOf, type PreflightWork, type Row } from "./row.ts";
import { inProject } from "../places.ts";
import { findVersion, isIn, parseRange } from "./version.ts";

/** A program that can be started, in a version that is good enough. */
export async function tool(
  { shell, project, signal }: PreflightWork,
  check: CheckOf<"tool">,
): Promise<Row> {
  const name = check.version === undefined ? check.tool : `${check.tool} ${check.version}`;
  const argv = [check.tool, ...(check.args ?? ["--version"])] as const;
  const finished = await shell.look(
    { argv: [...argv], cwd: inProject(project, ".") },
    { timeoutMs: MOST_MS, signal },
  );
  const { ended, tail } = finished;
  if (ended.how === "not-started")
    return bad(name, "not found", `Install ${check.tool}, or put it on the PATH.`);
  if (ended.how !== "exit" || ended.code !== 0)
    return bad(
      name,
      `${argv.join(" ")} fails`,
      `Try it by hand; if it says its version in another way, give \`args\`.`,
    );
  const first = tail.trim().split("\n", 1)[0]?.slice(0, 60) ?? "";
  if (check.version === undefined) return good(name, first);
  const range = parseRange(check.version);
  if (range === undefined)
    return bad(
      name,
      `"${check.version}" is not a range of versions`,
      "Write it like `>=2.30` or `>=20 <23`.",
    );
  const version = findVersion(tail);
  if (version === undefined)
    return bad(name, `no version in "${first}"`, "Give the `args` that make it say its version.");
  return isIn(version, range)
    ? good(name, version.join("."))
    : bad(name, version.join("."), `Install ${check.tool} ${check.version}.`);
}

/** An address that answers. */
export async function url({ http, signal }: PreflightWork, check: CheckOf<"url">): Promise<Row> {
  const name = `${check.url} answers`;
  const { status } = await http.send({
    method: "GET",
    url: check.url,
    timeoutMs: MOST_MS,
    maxBytes: 65_536,
    signal,
  });
  const isGood = check.status === undefined ? status < 400 : status === check.status;
  return isGood
    ? good(name, `${status}`)
    : bad(
        name,
        `${status}`,
        `See why it does not answer ${check.status ?? "with a status below 400"}.`,
      );
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
