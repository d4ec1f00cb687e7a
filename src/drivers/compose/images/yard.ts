import { Fault, type Failure } from "../../../model/failure.ts";
import type { JsonObject } from "../../../model/json.ts";
import type { Release } from "../../../model/release.ts";
import type { Act } from "../../../ports/driver.ts";
import type { SignIn } from "../../../ports/images.ts";
import type { Command, Finished, Shell } from "../../../ports/shell.ts";

/** Where images are built and moved: an engine, a folder for what is written down of them, and whose they are. */
export interface Yard {
  readonly shell: Pick<Shell, "look" | "stream">;
  /** Address of the engine; undefined: the one that docker finds. */
  readonly engine?: string;
  /** Compose's name of the stack. */
  readonly name: string;
  /** Absolute folder that belongs to this target alone. */
  readonly folder: string;
  readonly secrets: Readonly<Record<string, string>>;
  /** Who may use the stack's registry. */
  readonly signIn?: SignIn;
  /** The stack's file as compose itself reads it for this release, from the folder with its files; secret values are `***` or placeholders. */
  read(release: Release, from: string, act: Act): Promise<JsonObject>;
  /** Ids of the images that a release which is kept needs. */
  needed(act: Act): Promise<readonly string[]>;
}

/** What a call of docker may have beside its arguments. */
export interface More {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly maxBytes?: number;
  /** Address of another engine. */
  readonly engine?: string;
}

type Engine = Pick<Yard, "shell" | "engine">;

/** `docker …` at the yard's engine. */
export function dockerCommand(yard: Engine, args: readonly string[], more: More = {}): Command {
  const engine = more.engine ?? yard.engine;
  return {
    argv: ["docker", ...args],
    env: { ...(engine !== undefined && { DOCKER_HOST: engine }), ...more.env },
    ...(more.stdin !== undefined && { stdin: more.stdin }),
  };
}

/** Asks docker, and hands back how that ended. */
export function tryDocker(
  yard: Engine,
  args: readonly string[],
  { act, ...more }: More & { readonly act: Act },
): Promise<Finished & { readonly stdout: string }> {
  const { signal, timeoutMs } = act;
  const { maxBytes = 16 * 1024 * 1024 } = more;
  return yard.shell.look(dockerCommand(yard, args, more), { signal, timeoutMs, maxBytes });
}

/** Asks docker, and hands back what it said on stdout. Throws the Fault of `trouble`. */
export async function docker(
  yard: Engine,
  args: readonly string[],
  more: More & { readonly act: Act; readonly what: string },
): Promise<string> {
  const finished = await tryDocker(yard, args, more);
  if (isWell(finished)) return finished.stdout;
  throw new Fault(trouble(finished, more.what));
}

export function isWell({ ended }: Pick<Finished, "ended">): boolean {
  return ended.how === "exit" && ended.code === 0;
}

/** What docker's own words mean: the first row that fits. */
const MEANINGS: readonly {
  readonly words: RegExp;
  readonly code: string;
  readonly because: string;
  readonly fix: string;
}[] = [
  {
    words: /no space left on device|disk quota exceeded/i,
    code: "engine-disk-full",
    because: "the disk is full",
    fix: "Make room where the engine keeps its images (`docker system df` says what takes it), then run again: nothing has to be taken back.",
  },
  {
    words:
      /cannot connect to the docker daemon|error during connect|failed to connect to the docker api/i,
    code: "engine-unreachable",
    because: "the engine does not answer",
    fix: "Start the engine, or correct the target's `engine`.",
  },
  {
    words:
      /unauthorized|no basic auth credentials|authentication required|incorrect username or password|access to the resource is denied|requested access .* denied|insufficient_scope/i,
    code: "registry-refused",
    because: "the registry refuses the sign-in",
    fix: "Give the right user and password (`registry` of the target, or `sign_in` of the step), or let its owner allow this user to do that.",
  },
  {
    words:
      /manifest unknown|manifest for .* not found|not found: manifest|unknown blob|blob unknown|name unknown|repository .* not found|repository does not exist/i,
    code: "image-gone",
    because: "the registry no longer has it",
    fix: "Build and push it again, or go to a release whose images are there.",
  },
  {
    words:
      /connection refused|no such host|i\/o timeout|tls handshake|server gave http response to https client|certificate|connection reset|service unavailable|internal server error|EOF/i,
    code: "registry-unreachable",
    because: "the registry does not answer as one",
    fix: "See that the registry runs, and that the engine (not only this machine) reaches it and trusts its certificate.",
  },
];

/** Why docker did not do it, in its own words. */
export function trouble(finished: Finished, what: string): Failure {
  const { ended, tail } = finished;
  const detail = lastLines(tail);
  const said = detail === "" ? {} : { detail };
  if (ended.how === "not-started")
    return {
      code: "docker-missing",
      what: `${what} did not work: docker could not be started: ${ended.why}`,
      fix: "Install docker's command line where Seaworthy runs.",
    };
  if (ended.how === "out-of-time")
    return {
      code: "docker-out-of-time",
      what: `${what} was not done after ${Math.round(finished.durationMs / 1000)} s.`,
      fix: "See in its last words what it waited for, or raise the step's `timeout`.",
      ...said,
    };
  const meaning = MEANINGS.find(({ words }) => words.test(tail));
  const { code = "docker-failed", because = endingOf(ended) } = meaning ?? {};
  const fix = meaning?.fix ?? "Mend what docker says, and run again.";
  return { code, what: `${what} did not work: ${because}.`, fix, ...said };
}

function endingOf(ended: Finished["ended"]): string {
  if (ended.how === "exit") return `docker ended with exit code ${ended.code}`;
  return ended.how === "signal" ? `docker was ended by ${ended.signal}` : "it was cancelled";
}

/** The last lines that say something, short enough to be read. */
export function lastLines(text: string, most = 20): string {
  const lines = text.split(/\r?\n|\r/).filter((line) => line.trim() !== "");
  return lines
    .slice(-most)
    .map((line) => line.slice(0, 500))
    .join("\n");
}
