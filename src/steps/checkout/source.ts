import { stat } from "node:fs/promises";
import { Fault } from "../../model/failure.ts";
import { hasPassed } from "../kept.ts";
import { inProject } from "../places.ts";
import { ask, type CheckoutWork } from "./git.ts";

/** Where the commits come from. */
export interface Source {
  /** Absolute folder, or address. */
  readonly address: string;
  /** Folder inside the repository that is the release. */
  readonly folder: string;
  /** Header that opens it, where a token was given. */
  readonly header?: string;
}

const ADDRESS = /^(https|ssh):\/\/[^\s]+$|^[\w.-]+@[\w.-]+:(?!\/\/)[^\s]+$/;

/** Finds the repository: the one that is named, or the one that holds the project file. */
export async function findSource(work: CheckoutWork): Promise<Source> {
  const { repo, folder, token } = work.spec;
  if (repo === undefined) return ownRepository(work);
  if (!ADDRESS.test(repo)) return { address: await localFolder(work, repo), folder: folder ?? "." };
  if (/^https:\/\/[^/]*@/.test(repo))
    throw refused(
      repo.replace(/\/\/[^/]*@/, "//***@"),
      "it carries a name or password, which everybody could read",
      "Take them out, and name the secret under `token`.",
    );
  return { address: repo, folder: folder ?? ".", ...header(work, token, repo) };
}

async function ownRepository(work: CheckoutWork): Promise<Source> {
  const finished = await ask(work, {
    argv: ["rev-parse", "--show-toplevel", "--show-prefix"],
    cwd: work.project,
  });
  if (!hasPassed(finished)) throw noRepository(work.project, finished.tail);
  const [address = "", prefix = ""] = finished.stdout.split("\n");
  return { address, folder: work.spec.folder ?? (prefix === "" ? "." : prefix.replace(/\/$/, "")) };
}

async function localFolder(work: CheckoutWork, repo: string): Promise<string> {
  if (/^-|^[\w+.-]+:/.test(repo))
    throw refused(
      repo,
      "only folders, https:// and ssh addresses are fetched from",
      "Write one of these.",
    );
  const address = inProject(work.project, repo);
  if (await stat(address).catch(() => undefined)) return address;
  throw refused(
    address,
    "there is no such folder",
    "Correct `repo`; it is relative to the project file.",
  );
}

/** By a header in the environment: an address with a password would stand among git's arguments. */
function header(
  { secrets }: CheckoutWork,
  token: string | undefined,
  repo: string,
): { header?: string } {
  if (token === undefined) return {};
  const value = secrets[token];
  if (value !== undefined && repo.startsWith("https://"))
    return {
      header: `Authorization: Basic ${Buffer.from(`x-access-token:${value}`).toString("base64")}`,
    };
  throw new Fault({
    code: "token-unusable",
    what:
      value === undefined
        ? `The step does not declare the secret ${token}.`
        : "A token opens https addresses only.",
    fix:
      value === undefined
        ? `Write \`secrets: [${token}]\` on the checkout step.`
        : "Use an https address, or take `token` out.",
  });
}

function noRepository(project: string, tail: string): Fault {
  const isForeign = tail.includes("dubious ownership");
  return new Fault({
    code: "no-repository",
    what: isForeign
      ? `The repository at ${project} belongs to another user, and git does not trust it.`
      : `${project} is not inside a git repository.`,
    fix: isForeign
      ? "Run Seaworthy as the user who owns it, or give `repo` an address."
      : "Say in `repo` where the repository is.",
    detail: tail.trim(),
  });
}

function refused(repo: string, why: string, fix: string): Fault {
  return new Fault({
    code: "repository-unusable",
    what: `The repository ${repo} can't be used: ${why}.`,
    fix,
  });
}
