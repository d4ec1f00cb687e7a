import { z } from "zod";
import { parseDuration } from "../../lib/duration.ts";
import { parseSize } from "../../lib/size.ts";
import { readyAnswer, readyPath } from "../ready-options.ts";

const duration = z
  .string()
  .refine(
    (text) => parseDuration(text) !== undefined,
    "expected a duration such as 250ms, 30s, 2m",
  );
const size = z
  .string()
  .refine((text) => parseSize(text) !== undefined, "expected a size such as 500KB, 10MB");
const port = z.union([
  z.int().min(1).max(65_535),
  z.string().regex(/^\d{1,5}$/, "expected a port number"),
]);
const argv = z
  .tuple([z.string().min(1)], z.string())
  .describe("The program and its arguments, one each; no shell is involved.");
const env = z
  .record(
    z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected a name such as LOG_LEVEL"),
    z.string(),
  )
  .describe("Environment variables, added to those that the driver gives.");

const inside = (what: string) =>
  z
    .string()
    .regex(/^[^/\\\0]+(\/[^/\\\0]+)*\/?$/, "expected a relative path such as data or var/uploads")
    .refine(
      (text) => !text.split("/").some((part) => part === "." || part === ".."),
      `must stay inside the ${what}`,
    );

const process = z.strictObject({
  command: argv,
  env: env.optional(),
  port: z
    .boolean()
    .optional()
    .describe(
      "Whether it listens: it is told where by HOST and PORT. The first one that does is behind the front door. Default: true for an only process, else false.",
    ),
  stop: duration
    .default("10s")
    .describe("How long it may take to end after TERM; then it is killed."),
});

const ready = z.strictObject({
  get: readyPath,
  ...readyAnswer,
  within: duration
    .optional()
    .describe(
      "How long a release may take to become ready, when that is less than the step's `healthy_within`.",
    ),
  interval: duration.default("100ms").describe("How long to wait between two questions."),
});

/** What a person may say about a target of driver `local`. Without transforms, so that reading twice equals reading once. */
export const options = z
  .strictObject({
    processes: z
      .record(z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, "expected a name such as web"), process)
      .refine((all) => Object.keys(all).length > 0, "names no process")
      .describe("What runs: name → command."),
    port: port.describe("Port of the front door, where people reach whichever release serves."),
    host: z
      .string()
      .min(1)
      .default("127.0.0.1")
      .describe("Address on which the front door listens."),
    env: env.optional().describe("Environment variables for every process and for `prepare`."),
    prepare: z
      .array(argv)
      .default([])
      .describe("Commands run once in a new release's folder before it starts: [[npm, ci]]."),
    data: inside("project")
      .optional()
      .describe(
        "Folder for what outlives releases, relative to the project file; processes get it as DATA. Default: `shared` in the target's own folder below `.seaworthy`.",
      ),
    shared: z
      .array(inside("release"))
      .default([])
      .describe(
        "Paths in a release that are links into the folder of what outlives releases: data, var/db.sqlite3. New ones are folders unless their name has an extension.",
      ),
    ready: ready.describe("How a release shows that it is ready, and that it is the one meant."),
    drain: duration
      .default("10s")
      .describe(
        "How long to wait, after switching, for requests that the old release still answers.",
      ),
    idle: duration
      .default("5m")
      .describe(
        "A request or answer in which nothing moves for this long is ended by the front door.",
      ),
    keep: z
      .int()
      .min(2)
      .max(100)
      .default(3)
      .describe("How many releases keep their files, the serving and the previous one among them."),
    log_size: size
      .default("10MB")
      .describe("A process's log is cut at this size; three older pieces are kept."),
  })
  .refine((all) => entrance(all.processes) !== undefined, {
    path: ["processes"],
    message: "none has `port: true`, so nothing could be behind the front door",
  });

export type Options = z.output<typeof options>;
type Processes = Readonly<Record<string, z.output<typeof process>>>;

/** The process behind the front door. */
export function entrance(processes: Processes): string | undefined {
  return Object.keys(processes).find((name) => listens(processes, name));
}

/** Whether this process is given a port. */
export function listens(processes: Processes, name: string): boolean {
  return processes[name]?.port ?? Object.keys(processes).length === 1;
}

export function milliseconds(text: string): number {
  return parseDuration(text) ?? 0;
}

export function bytes(text: string): number {
  return parseSize(text) ?? 0;
}
