import { InvalidArgumentError } from "commander";
import type { Bridge, Common } from "../command.ts";
import { NONE, type Ci } from "./ci.ts";

/** What `--ci` can be. */
export const PLACES = ["auto", "github", "gitlab", "none"] as const;

/** Reads the word behind `--ci`. */
export function placeOf(word: string): string {
  const known: readonly string[] = PLACES;
  if (known.includes(word)) return word;
  throw new InvalidArgumentError(`It is one of: ${PLACES.join(", ")}.`);
}

/** How the CI around this process, if there is one, wants to be told about a run. */
export async function ciFor(bridge: Bridge, { ci = "auto" }: Common): Promise<Ci> {
  const place = ci === "auto" ? found(bridge.environment) : ci;
  if (place === "github") return (await import("./github.ts")).githubCi(bridge);
  if (place === "gitlab") return (await import("./gitlab.ts")).gitlabCi(bridge);
  return NONE;
}

/** Both say so themselves. */
function found(environment: Bridge["environment"]): string {
  if (environment["GITHUB_ACTIONS"] === "true") return "github";
  return environment["GITLAB_CI"] === "true" ? "gitlab" : "none";
}
