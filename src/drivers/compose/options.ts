import { z } from "zod";
import { parseDuration } from "../../lib/duration.ts";
import { switchOptions } from "./switch/options.ts";
import { readyAnswer } from "../ready-options.ts";

const duration = z
  .string()
  .refine(
    (text) => parseDuration(text) !== undefined,
    "expected a duration such as 250ms, 30s, 2m",
  );
const inFiles = z
  .string()
  .regex(/^[^/\\\0]+(\/[^/\\\0]+)*$/, "expected a path in the release, such as infra/compose.yml")
  .refine((text) => !text.split("/").includes(".."), "must stay inside the release");
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected a name such as LOG_LEVEL");

const ready = z.strictObject({
  get: z
    .string()
    .regex(/^(?:https?:\/)?\/[\x21-\x7e]*$/, "expected a URL, or a path such as /api/health/")
    .describe("What is asked: a URL, or a path on `port`."),
  port: z
    .union([z.int().min(1).max(65_535), z.string().regex(/^\d{1,5}$/, "expected a port number")])
    .optional()
    .describe("Published port that is asked, where `get` is a path."),
  ...readyAnswer,
});

const registry = z.strictObject({
  address: z
    .string()
    .regex(/^[\w.-]+(:\d+)?$/, "expected a registry such as registry.example:5000")
    .describe("The registry that images are pulled from and pushed to."),
  user: z.string().min(1).describe("Who signs in."),
  password: variable.describe(
    "Name of the target's secret that holds the password; it is given on stdin.",
  ),
});

/** What a person may say about a target of driver `compose`. Without transforms, so that reading twice equals reading once. */
export const options = z.strictObject({
  file: z
    .union([inFiles, z.array(inFiles).min(1)])
    .default("compose.yaml")
    .describe("The compose file in the release, or several in their order."),
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, "expected lower-case letters, digits, - and _")
    .optional()
    .describe(
      "Compose's own project name. Default: <folder of the project file>-<environment>-<target>.",
    ),
  engine: z
    .string()
    .regex(/^(?:unix|ssh|tcp):\/\/\S+$/, "expected unix:///var/run/docker.sock or ssh://user@host")
    .optional()
    .describe("Where the engine is. Default: the one that `docker` itself finds."),
  compose: z
    .enum(["auto", "v2", "v1"])
    .default("auto")
    .describe(
      "Which Compose: `docker compose` (v2) or `docker-compose` (v1). `auto` takes v2 where it is.",
    ),
  profiles: z.array(z.string().min(1)).default([]).describe("Profiles of the file that run."),
  env: z
    .record(variable, z.string())
    .default({})
    .describe(
      "Values for the file's own `${…}`. RELEASE, RELEASE_ID and RELEASE_COMMIT are always given, and the target's secrets by their names.",
    ),
  env_file: inFiles
    .optional()
    .describe("File of the release with more such values. Default: `.env` beside the file."),
  ready: ready
    .refine((all) => !all.get.startsWith("/") || all.port !== undefined, {
      path: ["port"],
      message: "is needed, because `get` is a path and no URL",
    })
    .optional()
    .describe(
      "Where the whole stack says which release it is, proven after its services are healthy.",
    ),
  stable: duration
    .default("5s")
    .describe("How long a service without a health check must run without a restart."),
  keep: z
    .int()
    .min(2)
    .max(100)
    .default(3)
    .describe("How many releases are kept, the serving and the previous one among them."),
  registry: registry.optional().describe("Signing in, for images that are not here yet."),
  adopt: z
    .boolean()
    .default(false)
    .describe("Replace a stack of this name that Seaworthy did not start."),
  switch: switchOptions,
});

export type Options = z.output<typeof options>;

/** The file, or the files in their order. */
export function filesOf({ file }: Options): readonly string[] {
  return typeof file === "string" ? [file] : file;
}

export function milliseconds(text: string): number {
  return parseDuration(text) ?? 0;
}
