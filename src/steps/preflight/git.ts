import { inProject } from "../places.ts";
import { bad, good, MOST_MS, type CheckOf, type PreflightWork, type Row } from "./row.ts";

interface Wanted {
  readonly clean?: boolean | undefined;
  readonly commit?: string | undefined;
  readonly tag_exists?: string | undefined;
}

interface Complaint {
  readonly found: string;
  readonly fix: string;
}

/** Asks git in the folder that the check is about. */
type Ask = (...argv: string[]) => Promise<{ readonly isGood: boolean; readonly text: string }>;

/** The state of a repository, each part that the plan asks for. */
export async function git(work: PreflightWork, check: CheckOf<"git">): Promise<Row> {
  const wanted: Wanted = check.git === "clean" ? { clean: true } : check.git;
  const ask: Ask = (...argv) => askGit(work, check.at, argv);
  const head = await ask("rev-parse", "--verify", "HEAD");
  const name = `git ${describe(wanted)}`;
  if (!head.isGood)
    return bad(name, head.text, "Correct `at`: it must be inside a git repository with a commit.");
  const complaints = [
    atCommit(wanted, head.text),
    await isClean(wanted, ask),
    await hasTag(wanted, ask),
  ].filter((each) => each !== undefined);
  if (complaints.length === 0) return good(name, head.text.slice(0, 12));
  return bad(
    name,
    complaints.map(({ found }) => found).join("; "),
    complaints.map(({ fix }) => fix).join(" "),
  );
}

function atCommit({ commit }: Wanted, head: string): Complaint | undefined {
  if (commit === undefined || head.startsWith(commit.toLowerCase())) return undefined;
  return { found: `is at ${head.slice(0, 12)}, not ${commit}`, fix: `Check ${commit} out.` };
}

async function isClean({ clean }: Wanted, ask: Ask): Promise<Complaint | undefined> {
  if (clean !== true) return undefined;
  const status = await ask("status", "--porcelain", "--untracked-files=normal");
  if (!status.isGood) return { found: status.text, fix: "Make `git status` work here." };
  const changed = status.text.split("\n").filter((line) => line !== "");
  if (changed.length === 0) return undefined;
  const names = changed.slice(0, 3).map((line) => line.slice(3));
  return {
    found: `${changed.length} changed: ${names.join(", ")}${changed.length > 3 ? ", …" : ""}`,
    fix: "Commit the changes, or put them away.",
  };
}

async function hasTag({ tag_exists: tag }: Wanted, ask: Ask): Promise<Complaint | undefined> {
  if (tag === undefined) return undefined;
  const found = await ask("show-ref", "--verify", "--", `refs/tags/${tag}`);
  if (found.isGood) return undefined;
  return { found: `no tag ${tag}`, fix: "Make the tag, or fetch it: git fetch --tags." };
}

function describe({ clean, commit, tag_exists }: Wanted): string {
  return [
    ...(clean === true ? ["clean"] : []),
    ...(commit === undefined ? [] : [`at ${commit}`]),
    ...(tag_exists === undefined ? [] : [`has tag ${tag_exists}`]),
  ].join(", ");
}

async function askGit(
  { shell, project, signal }: PreflightWork,
  at: string | undefined,
  argv: readonly string[],
): ReturnType<Ask> {
  const { ended, stdout, tail } = await shell.look(
    {
      // fsmonitor would run a program that the repository names.
      argv: ["git", "-c", "core.fsmonitor=false", ...argv],
      cwd: inProject(project, at ?? "."),
      env: { GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0" },
    },
    { timeoutMs: MOST_MS, signal },
  );
  if (ended.how === "exit" && ended.code === 0)
    return { isGood: true, text: stdout.replace(/\n+$/, "") };
  if (ended.how === "not-started")
    return { isGood: false, text: `git can't be started: ${ended.why}` };
  return { isGood: false, text: tail.trim().split("\n").at(-1) ?? "" };
}
