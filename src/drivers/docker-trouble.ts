import type { Failure } from "../model/failure.ts";
import type { Finished } from "../ports/shell.ts";

interface Meaning {
  readonly words: RegExp;
  readonly code: string;
  readonly because: string;
  readonly fix: string;
}

/** What docker's own words mean, whose exit code is always 1: the first row that fits. */
const MEANINGS: readonly Meaning[] = [
  {
    words: /no space left on device|disk quota exceeded/i,
    code: "engine-disk-full",
    because: "the disk is full",
    fix: "Make room where the engine keeps its images (`docker system df` says what takes it), then run again: nothing has to be taken back.",
  },
  {
    words:
      /cannot connect to the docker daemon|error during connect|failed to connect to the docker/i,
    code: "engine-unreachable",
    because: "the engine does not answer",
    fix: "Start the engine, or correct its address.",
  },
  {
    words:
      /unauthorized|no basic auth credentials|authentication required|incorrect username or password|access to the resource is denied|requested access|insufficient_scope/i,
    code: "registry-refused",
    because: "the registry refuses the sign-in",
    fix: "Give the right user and password (`registry` of the target, or `sign_in` of the step), or have its owner allow this user to do that.",
  },
  {
    words:
      /manifest unknown|manifest for .* not found|not found: manifest|unknown blob|blob unknown|name unknown|repository .* not found|repository does not exist|: not found/i,
    code: "image-gone",
    because: "the registry does not have it, or not all of it",
    fix: "Build and push it again, or go to a release whose images are there.",
  },
  {
    words:
      /connection refused|no such host|i\/o timeout|tls handshake|server gave http response to https client|certificate|connection reset|service unavailable|internal server error|\bEOF\b/i,
    code: "registry-unreachable",
    because: "the registry does not answer as one",
    fix: "See that the registry runs, and that the engine (not only this machine) reaches it and trusts its certificate.",
  },
];

/** Why docker did not do it, with its own last words. */
export function trouble(finished: Pick<Finished, "ended" | "tail">, what: string): Failure {
  const { ended, tail } = finished;
  const detail = lastLines(tail);
  const said = detail === "" ? {} : { detail };
  if (ended.how === "out-of-time")
    return {
      code: "docker-out-of-time",
      what: `${what} was not done in time.`,
      fix: "See in its last words what it waited for, or raise the step's `timeout`.",
      ...said,
    };
  const meaning = MEANINGS.find(({ words }) => words.test(tail));
  const { code = "docker-refused", because = `docker ended with ${ending(finished)}` } =
    meaning ?? {};
  const fix = meaning?.fix ?? "Read docker's own words, mend what they name, then run again.";
  return { code, what: `${what} did not work: ${because}.`, fix, ...said };
}

/** The last lines that say something, short enough to be read. */
function lastLines(text: string, most = 20): string {
  const lines = text.split(/\r?\n|\r/).filter((line) => line.trim() !== "");
  return lines
    .slice(-most)
    .map((line) => line.slice(0, 500))
    .join("\n");
}

export function isFine({ ended }: Pick<Finished, "ended">): boolean {
  return ended.how === "exit" && ended.code === 0;
}

/** How it ended, for people. */
export function ending({ ended }: Pick<Finished, "ended">): string {
  switch (ended.how) {
    case "exit":
      return `exit code ${ended.code}`;
    case "signal":
      return `signal ${ended.signal}`;
    case "not-started":
      return ended.why;
    case "out-of-time":
      return "no time left";
    case "cancelled":
      return "a cancellation";
  }
}
