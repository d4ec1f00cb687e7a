import { z } from "zod";
import { expectSchema, query } from "./schema-expect.ts";
import { requestShape } from "./schema-request.ts";
import { duration, hints, strict } from "./schema-words.ts";

/**
 * The grammar of a `*.scenario.yaml` file: validator, JSON Schema for editors and manual at once.
 *
 * ```yaml
 * scenario: Grading works
 * about: A teacher locks a copy, annotates it, finalizes it and gets its PDF
 * base: "${env.url}"                       # this is the default
 * vars: { NOTE: staging-smoke-test }
 * hints: { "status 5\\d\\d": "The application broke. Read its log: seaworthy logs" }
 *
 * steps:
 *   - name: Log in
 *     post: /api/login/
 *     json: { username: "${SMOKE_USER}", password: "${SMOKE_PASS}" }
 *     expect:
 *       status: 200
 *       cookie: { sessionid: { exists: true } }
 *     capture:
 *       CSRF: { cookie: csrftoken, secret: true }
 *     save: login.json                     # the body; { name: lock.txt, what: all } keeps the head too
 *     hints: { "status 40[13]": "Check SMOKE_USER and SMOKE_PASS." }
 *
 *   - name: Find a READY copy
 *     get: /api/exams/${EXAM}/copies/
 *     expect:
 *       status: 200
 *       header: { content-type: { contains: json } }
 *       json: { "$.results": { count: { at_least: 1 } } }
 *     capture:
 *       COPY: { json: "$.results[?@.status=='READY' && count(@.pages_images[*]) > 0].id", first: true }
 *       PAGE: { json: "$.next", regex: "page=(\\d+)" }
 *
 *   - name: Finalize
 *     post: /api/copies/${COPY}/finalize/
 *     headers: { X-CSRFToken: "${CSRF}" }
 *     expect: { status: 200, json: { $.status: GRADED } }
 *
 *   - name: Final PDF
 *     get: /api/copies/${COPY}/final-pdf/
 *     expect: { status: 200, pdf: { pages: { at_least: 1 } }, duration: { at_most: 5s } }
 *     save: { name: pdf_head.txt, what: head }
 *
 *   - name: Unlock
 *     delete: /api/copies/${COPY}/lock/release/
 *     expect: { status: { one_of: [204, 404] } }
 *     best_effort: true                    # a failure is a warning
 * ```
 *
 * `${NAME}` is a capture of an earlier step, a var, an input of the plan or a secret that the plan's step declares.
 * A string that is one look-up and nothing else keeps the value's type: `{ id: "${EXAM}" }` sends the number that was captured.
 */

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

const step = strict({
  name: z.string().min(1).describe("What this step shows, in words."),
  ...requestShape,
  expect: expectSchema.optional(),
  capture: z
    .record(z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, "a name of letters, digits and _"), query)
    .optional()
    .describe("Name → where its value is found; later steps look it up as ${NAME}."),
  save: save.optional(),
  best_effort: z
    .boolean()
    .default(false)
    .describe("A failure of this step is a warning and the scenario goes on."),
  timeout: duration
    .default("30s")
    .describe("From the first byte sent to the last received, for each hop."),
  follow: z
    .boolean()
    .default(false)
    .describe(
      "Follows up to 10 redirects and checks the last answer. Off: a redirect is an answer.",
    ),
  hints: hints.optional(),
}).describe("One request and what its answer must be like.");

/** The whole file. */
export const scenarioSchema = strict({
  scenario: z.string().min(1).describe("Name of the scenario."),
  about: z.string().optional().describe("What it shows, in a sentence."),
  base: z.string().min(1).default("${env.url}").describe("URL that the paths are below."),
  vars: z
    .record(
      z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, "a name of letters, digits and _"),
      z.unknown(),
    )
    .optional()
    .describe("Values with a name; they may look up inputs and the vars before them."),
  hints: hints.optional(),
  steps: z
    .array(step)
    .min(1)
    .max(500)
    .describe("Carried out in order; the first that does not pass ends the scenario."),
}).describe(
  "A scenario: requests in order, with one cookie jar, and what each answer must be like.",
);

/** A scenario as it is written. */
export type ScenarioText = z.output<typeof scenarioSchema>;
export type StepText = ScenarioText["steps"][number];

/** JSON Schema of the format, for editors. */
export function scenarioJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(scenarioSchema, {
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema instanceof z.ZodBigInt) jsonSchema.type = "integer";
    },
  });
  return { ...schema, title: "Seaworthy scenario" };
}
