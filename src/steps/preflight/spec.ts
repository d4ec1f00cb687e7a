import { z } from "zod";
import { someHosts, type SomeHosts } from "../hosts.ts";
import { argv, duration, pattern, size } from "../words.ts";

const gitState = z.strictObject({
  clean: z.boolean().optional().describe("Nothing is changed and not committed."),
  commit: z
    .string()
    .min(7)
    .optional()
    .describe("The commit that must be checked out (a beginning is enough)."),
  tag_exists: z.string().min(1).optional().describe("A tag that must exist in the repository."),
});

const fields = {
  tool: z.string().min(1).optional().describe("Program that must be there."),
  version: z
    .string()
    .min(1)
    .optional()
    .describe("With `tool`: its version, such as `>=2.30` or `>=20 <23`."),
  args: z
    .array(z.string())
    .optional()
    .describe("With `tool`: arguments that make it say its version. Default: [--version]."),
  disk: size.optional().describe("Free disk space that is needed."),
  memory: size.optional().describe("Memory that must be available."),
  port_free: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe("TCP port of this machine on which nothing may listen."),
  git: z
    .union([z.literal("clean"), gitState])
    .optional()
    .describe("State of the repository: `clean`, or { commit, clean, tag_exists }."),
  file: z.string().min(1).optional().describe("File that must be there and not empty."),
  contains: z.string().min(1).optional().describe("With `file`: text that must be in it."),
  equals: z
    .string()
    .optional()
    .describe("With `file`: its whole text, apart from space around it."),
  matches: pattern.optional().describe("With `file`: pattern (RE2) that must be found in it."),
  secret: z
    .string()
    .min(1)
    .optional()
    .describe("Secret that must be there. The step has to declare it under `secrets`."),
  min_length: z.int().min(1).optional().describe("With `secret`: least number of characters."),
  writable: z.string().min(1).optional().describe("Folder in which files can be made."),
  url: z.string().min(1).optional().describe("Address that must answer over HTTP."),
  status: z
    .int()
    .min(100)
    .max(599)
    .optional()
    .describe("With `url`: the status that is wanted. Default: any below 400."),
  target: z
    .string()
    .min(1)
    .optional()
    .describe("Target that must answer when it is asked for its current release."),
  browser: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Browser that must be there for `browser` steps: any, chromium, chrome, edge, or an absolute path.",
    ),
  reachable: z
    .literal(true)
    .optional()
    .describe("The host lets us in. Asked of every host that anything else is asked of."),
  clock: duration
    .optional()
    .describe("Most that a host's clock may differ from this machine's: 2s."),
  sudo: z
    .array(argv)
    .min(1)
    .optional()
    .describe(
      "Commands that the user may run as root without a password: [[systemctl, restart, hub.service]]. They are not run.",
    ),
  docker: z
    .string()
    .min(1)
    .optional()
    .describe("Version that a docker engine must have that this user may use: `>=20`."),
  compose: z.string().min(1).optional().describe("Version that Docker Compose must have: `>=2`."),
  database: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Database that must answer: a postgres:// URL (a secret, where a password is in it), or the path of an SQLite file.",
    ),
  hosts: z
    .union([z.literal("none"), someHosts])
    .optional()
    .describe(
      "Where this check is made, when it is not where the step says: all, [app1], or none.",
    ),
  at: z
    .string()
    .min(1)
    .optional()
    .describe(
      "With `disk` and `git`: the folder. Default: the project's, and on a host the whole system's, `/`.",
    ),
  fix: z
    .string()
    .min(1)
    .optional()
    .describe("What to do when this check says no, in the project's own words."),
};

/** Which other keys belong to a check. */
const BELONGS: Readonly<Record<string, readonly string[]>> = {
  tool: ["version", "args"],
  disk: ["at"],
  memory: [],
  port_free: [],
  git: ["at"],
  file: ["contains", "equals", "matches"],
  secret: ["min_length"],
  writable: [],
  url: ["status"],
  target: [],
  browser: [],
  reachable: [],
  clock: [],
  sudo: [],
  docker: [],
  compose: [],
  database: [],
};

/** Keys that go with every check. */
const EVERYWHERE: readonly string[] = ["fix", "hosts"];

/** What only this machine can be asked. */
const ONLY_HERE: readonly string[] = ["git", "secret", "target", "browser"];

/** What only a host can be asked. */
const ONLY_THERE: readonly string[] = ["reachable", "clock"];

const check = z.strictObject(fields).superRefine((given, context) => {
  const keys = Object.keys(given);
  const kinds = keys.filter((key) => key in BELONGS);
  const [kind, second] = kinds;
  const complain = (message: string, path: string[] = []) =>
    context.addIssue({ code: "custom", message, path });
  if (kind === undefined)
    return complain(`A check needs one of these: ${Object.keys(BELONGS).join(", ")}.`);
  if (second !== undefined)
    return complain(`\`${kind}\` and \`${second}\` are two checks: write each as its own entry.`, [
      second,
    ]);
  for (const key of keys.filter(
    (k) => k !== kind && !EVERYWHERE.includes(k) && !BELONGS[kind]?.includes(k),
  ))
    complain(`\`${key}\` says nothing about \`${kind}\`.`, [key]);
  if (given.hosts !== undefined && given.hosts !== "none" && ONLY_HERE.includes(kind))
    complain(`\`${kind}\` is looked at on this machine: take \`hosts\` out.`, ["hosts"]);
  if (given.hosts === "none" && ONLY_THERE.includes(kind))
    complain(`\`${kind}\` is asked of hosts: say which.`, ["hosts"]);
  if (typeof given.git === "object" && Object.keys(given.git).length === 0)
    complain("This checks nothing: give `clean`, `commit` or `tag_exists`.", ["git"]);
});

/** What must be true of this machine and the project before anything is touched. */
export const preflightSpec = z.strictObject({
  checks: z
    .array(check)
    .min(1, { error: "A preflight without checks can't say no." })
    .describe(
      "What is checked; all of it, even when one says no. `preflight: [ … ]` is the short form.",
    ),
  hosts: someHosts
    .optional()
    .describe(
      "Hosts on which the checks are made that can be made there: all, or [app1, app2]. Default: this machine alone.",
    ),
});

export type Check = z.output<typeof check>;
export type PreflightSpec = z.output<typeof preflightSpec>;

/** The kind of a check: the first of its keys that is one. */
export function kindOf(asked: Check): string {
  return Object.keys(BELONGS).find((key) => key in asked) ?? "";
}

/** Where a check is made: on hosts, or here. */
export function hostsOf(asked: Check, { hosts }: Pick<PreflightSpec, "hosts">): SomeHosts | "none" {
  return ONLY_HERE.includes(kindOf(asked)) ? "none" : (asked.hosts ?? hosts ?? "none");
}

/** Whether a check that is to be made here can't be. */
export function needsHost(asked: Check, spec: Pick<PreflightSpec, "hosts">): boolean {
  return hostsOf(asked, spec) === "none" && ONLY_THERE.includes(kindOf(asked));
}
