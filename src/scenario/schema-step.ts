import { z } from "zod";
import { expectSchema, query } from "./schema-expect.ts";
import { requestShape } from "./schema-request.ts";
import { duration, hints, name, pattern, strict, text } from "./schema-words.ts";

const save = z
  .union([
    z.string().min(1),
    strict({
      name: z.string().min(1).describe("Name of the artifact."),
      what: z
        .enum(["body", "head", "all"])
        .default("body")
        .describe("The body, the status line with headers, or both."),
    }),
  ])
  .describe("Keeps the answer as an artifact: a name keeps the body.");

const file = (what: string) => z.string().min(1).describe(what);

/** What a step may do instead of asking. */
export const actShape = {
  make: strict({
    file: file("Name of the working file."),
    size: z.string().min(1).describe("How long it is: 10MB, 1GiB."),
    seed: z
      .union([z.string().min(1), z.number()])
      .default("1")
      .describe("The same seed gives the same bytes."),
  })
    .optional()
    .describe("Makes a file of bytes that cannot be compressed, for an upload."),
  join: strict({
    files: z
      .array(z.string().min(1))
      .min(1)
      .max(1_000)
      .describe("Made or downloaded files, or files beside the scenario, in order."),
    into: file("Name of the working file that takes them."),
  })
    .optional()
    .describe("Writes files one after another into one."),
  wait: duration.optional().describe("Waits so long: 2s. To wait for something, ask with `until`."),
  include: z
    .string()
    .min(1)
    .optional()
    .describe("Carries out the steps of another scenario, relative to this one: a shared sign-in."),
};

const retry = z
  .union([
    z.int().min(2).max(100),
    strict({
      tries: z.int().min(2).max(100).describe("Most tries, the first one included."),
      wait: duration.optional().describe("Between two tries. Default 1s."),
      on: z
        .array(pattern)
        .min(1)
        .optional()
        .describe(
          "Only what these name: `network`, or a pattern (RE2) found in the failure's words: status 5\\d\\d.",
        ),
    }),
  ])
  .describe(
    "Tries again when it does not pass, and says so as a warning: 3, or { tries, wait, on }.",
  );

/** The keys of a step that ask again. */
const againShape = {
  until: expectSchema
    .optional()
    .describe("Asks again until the answer is like this; `expect` is looked at after that."),
  fail_if: expectSchema
    .optional()
    .describe("With `until`: as soon as any one of these holds, the step has failed."),
  within: duration.optional().describe("With `until`: how long, all in all. Default 60s."),
  every: duration
    .optional()
    .describe("With `until`: from the end of one try to the next. Default 1s."),
  backoff: z
    .number()
    .min(1)
    .max(10)
    .optional()
    .describe("With `until`: each wait is so many times the one before. Default 1."),
  on_network_error: z
    .enum(["retry", "fail"])
    .optional()
    .describe("With `until`: what a request without an answer means. Default fail."),
  retry: retry.optional(),
};

const stepShape = {
  name: z.string().min(1).describe("What this step shows, in words."),
  when: z
    .string()
    .min(1)
    .optional()
    .describe("Leaves the step out unless this holds: ${NAME}, ${NAME} == x or ${NAME} != x."),
  as: z.string().min(1).optional().describe("The user who asks, one of `users`."),
  ...requestShape,
  ...actShape,
  with: z
    .record(name, z.union([text, z.null()]))
    .optional()
    .describe("With `include`: values of its parameters."),
  rename: z
    .record(name, name)
    .optional()
    .describe("With `include`: what it captured as the first name is known as the second here."),
  expect: expectSchema.optional(),
  capture: z
    .record(name, query)
    .optional()
    .describe("Name → where its value is found; later steps look it up as ${NAME}."),
  save: save.optional(),
  best_effort: z
    .boolean()
    .optional()
    .describe("A failure of this step is a warning and the scenario goes on."),
  timeout: duration
    .optional()
    .describe("From the first byte sent to the last received, for each hop. Default 30s."),
  follow: z
    .boolean()
    .optional()
    .describe(
      "Follows up to 10 redirects and checks the last answer. Off: a redirect is an answer.",
    ),
  ...againShape,
  hints: hints.optional(),
};

export const stepSchema = strict(stepShape).describe(
  "One request, or one act, and what must come of it.",
);

export type StepText = z.output<typeof stepSchema>;
