import { z } from "zod";
import { stepSchema } from "./schema-step.ts";
import { hints, name, strict, text } from "./schema-words.ts";

/**
 * The grammar of a `*.scenario.yaml` file: validator, JSON Schema for editors and manual at once.
 *
 * ```yaml
 * scenario: Grading works
 * about: A teacher locks a copy, annotates it, finalizes it and gets its PDF
 * base: "${env.url}"                       # this is the default
 * vars: { NOTE: staging-smoke-test }
 * parameters: { EXAM: { default: 7, about: Exam whose copies are graded } }
 * users:
 *   admin: { bearer: "${TOKEN}" }
 * hints: { "status 5\\d\\d": "The application broke. Read its log: seaworthy logs" }
 *
 * setup:
 *   - name: Seed the data
 *     post: /api/seed/
 *     expect: { status: 202 }
 *   - name: The seed is there
 *     get: /api/seed/
 *     until: { json: { $.state: done } }
 *     fail_if: { json: { $.state: failed } }
 *     within: 2m
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
 *       TOKEN: { json: $.token, secret: true }
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
 *   - name: The log names it
 *     as: admin
 *     get: /api/log/
 *     expect: { status: 200, body: { contains: "${COPY}" } }
 *
 * always:
 *   - name: Unlock
 *     delete: /api/copies/${COPY}/lock/release/
 *     expect: { status: { one_of: [204, 404] } }
 *     best_effort: true                    # a failure is a warning
 * ```
 *
 * `${NAME}` is a capture of an earlier step, a var, a parameter, a column of the data, an input of the plan or a secret
 * that the plan's step declares. A string that is one look-up and nothing else keeps the value's type:
 * `{ id: "${EXAM}" }` sends the number that was captured.
 */

const parameter = strict({
  default: z
    .union([text, z.null()])
    .optional()
    .describe("Its value when nobody gives one. Without a default somebody must."),
  about: z.string().optional().describe("What it is for."),
}).describe(
  "A value that comes from outside: from the plan, the command line, or who includes this.",
);

const user = strict({
  bearer: z.string().min(1).optional().describe("Token for `Authorization: Bearer`."),
  basic: strict({
    user: z.string().describe("User name."),
    password: z.string().describe("Password, best from a secret."),
  })
    .optional()
    .describe("HTTP Basic authentication."),
  headers: z
    .record(z.string().min(1), text)
    .optional()
    .describe("Headers of each of the user's requests."),
}).describe(
  "Somebody with a cookie jar of their own; what is written here goes with each request.",
);

const tls = strict({
  ca: z.string().min(1).optional().describe("PEM file of those who may vouch for the server."),
  certificate: z.string().min(1).optional().describe("PEM file that says who we are."),
  key: z
    .string()
    .min(1)
    .optional()
    .describe("PEM file of its private key, or a secret that holds the PEM text."),
  server_name: z
    .string()
    .min(1)
    .optional()
    .describe("The name that the server's certificate must be for, when it is not the URL's."),
});

const row = z.record(name, z.unknown());

const steps = (what: string) => z.array(stepSchema).min(1).max(500).describe(what);

/** The whole file. */
export const scenarioSchema = strict({
  scenario: z.string().min(1).describe("Name of the scenario."),
  about: z.string().optional().describe("What it shows, in a sentence."),
  base: z
    .string()
    .min(1)
    .optional()
    .describe("URL that the paths are below. Default: the environment's url."),
  vars: z
    .record(name, z.unknown())
    .optional()
    .describe("Values with a name; they may look up inputs and the vars before them."),
  parameters: z
    .record(name, parameter)
    .optional()
    .describe("Values that somebody else may give: name → default and what it is for."),
  users: z.record(z.string().min(1), user).optional().describe("Those whom steps ask as."),
  tls: tls.optional().describe("Whom to trust, and who we are. Files lie beside the scenario."),
  openapi: z
    .string()
    .min(1)
    .optional()
    .describe("OpenAPI description beside the scenario, for `expect: { openapi: true }`."),
  data: z
    .union([z.string().min(1), z.array(row).min(1).max(10_000)])
    .optional()
    .describe("The whole scenario once for each row: a .csv or .json file, or a list of maps."),
  repeat: z
    .int()
    .min(1)
    .max(1_000)
    .optional()
    .describe("The whole scenario so many times; each must pass."),
  hints: hints.optional(),
  reset: steps("Between two runs of the whole scenario.").optional(),
  setup: steps("Before everything else. What fails here ends the scenario.").optional(),
  steps: steps("Carried out in order; the first that does not pass ends the scenario."),
  always: steps(
    "After everything else, also when a step failed or time is out; within 10 seconds then.",
  ).optional(),
}).describe("A scenario: requests in order, and what each answer must be like.");

/** A scenario as it is written. */
export type ScenarioText = z.output<typeof scenarioSchema>;
export type { StepText } from "./schema-step.ts";
export type UserText = z.output<typeof user>;
export type TlsText = z.output<typeof tls>;

/** The lists of steps, in the order in which they are carried out. */
export const PHASES = ["setup", "steps", "reset", "always"] as const;

/** JSON Schema of the format, for editors. */
export function scenarioJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(scenarioSchema, {
    // What editors and checkers of schemas know best.
    target: "draft-7",
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema instanceof z.ZodBigInt) jsonSchema.type = "integer";
    },
  });
  return { ...schema, title: "Seaworthy scenario" };
}
