import { z } from "zod";
import { pattern, size } from "../words.ts";

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
  at: z
    .string()
    .min(1)
    .optional()
    .describe("With `disk` and `git`: the folder. Default: the project's."),
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
};

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
  for (const key of keys.filter((k) => k !== kind && k !== "fix" && !BELONGS[kind]?.includes(k)))
    complain(`\`${key}\` says nothing about \`${kind}\`.`, [key]);
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
});

export type Check = z.output<typeof check>;
export type PreflightSpec = z.output<typeof preflightSpec>;
