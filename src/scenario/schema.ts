import { z } from "zod";

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

/** Strict object whose complaint about an unknown key carries the keys that it knows. */
function strict<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys" ? `known: ${Object.keys(shape).join(" ")}` : undefined,
  });
}

// Looked at by the reader, so that a wrong one does not hide what else is wrong.
const duration = z.string().meta({ pattern: "^\\d" });

const hints = z
  .record(z.string().min(1), z.string().min(1))
  .describe("Pattern (RE2) → advice, shown when the pattern is found in a failure's words.");
const pattern = z.string().min(1);
const group = z
  .int()
  .min(0)
  .max(99)
  .optional()
  .describe("Which group of `regex`; default 1, or 0 when the pattern has no group.");
const amount = z.union([z.number(), z.string()]);

/** Predicates; those in one map must all hold. A plain value stands for `equals`. */
const predicates = strict({
  equals: z.unknown().optional().describe('The same value of the same type: "458" is not 458.'),
  get not() {
    return expected
      .optional()
      .describe("The predicate within must not hold. Fails when there is no value at all.");
  },
  one_of: z.array(z.unknown()).min(1).optional().describe("Equal to one of these."),
  matches: pattern.optional().describe("A text in which this pattern (RE2) is found."),
  contains: z
    .unknown()
    .optional()
    .describe("A text that holds this text, or a list that holds this value."),
  greater: amount.optional().describe("A number greater than this."),
  less: amount.optional().describe("A number less than this."),
  at_least: amount.optional().describe("A number, this or greater."),
  at_most: amount.optional().describe("A number, this or less."),
  exists: z.boolean().optional().describe("Whether there is a value at all."),
  is: z
    .enum(["text", "number", "integer", "boolean", "null", "list", "object"])
    .optional()
    .describe("The type of the value."),
  get count() {
    return expected.optional().describe("How many values were found, or how long the list is.");
  },
  get first() {
    return expected.optional().describe("The first of the values that were found.");
  },
  regex: pattern
    .optional()
    .describe(
      "Looks at a group of the first match of this pattern (RE2) instead of the whole text.",
    ),
  group,
}).describe("Predicates; all of them must hold.");

const expected: z.ZodType = z.union([z.string(), z.number(), z.boolean(), z.null(), predicates]);
const named = z.record(z.string().min(1), expected).optional();

/** What an answer must be like; every expectation is looked at, and each must hold. */
export const expectSchema = strict({
  status: expected.optional().describe("The status: 200, or predicates: { one_of: [200, 204] }."),
  header: named.describe("Header name → what it must be."),
  cookie: named.describe(
    "Cookie name → what it must be. Only a cookie that this answer set, and that would be sent back.",
  ),
  json: named.describe("JSONPath (RFC 9535) → what it must find in the body."),
  body: expected.optional().describe("The body as text."),
  bytes: expected.optional().describe("Length of the body in bytes."),
  sha256: expected.optional().describe("sha256 of the body in lower-case hex."),
  duration: expected
    .optional()
    .describe("How long the answer took: { at_most: 2s }, or milliseconds as a number."),
  pdf: z
    .union([z.literal(true), strict({ pages: expected.describe("Number of pages.") })])
    .optional()
    .describe("The body is a whole PDF with at least one page: true, or { pages: 3 }."),
}).describe("What the answer must be like.");

/** Where a value is found in an answer: exactly one source, then `first` or `count`, then `regex`. */
const query = strict({
  status: z.literal(true).optional().describe("The status."),
  header: z.string().min(1).optional().describe("The value of this header."),
  cookie: z
    .string()
    .min(1)
    .optional()
    .describe("The value of this cookie, when this answer set it."),
  json: z.string().min(1).optional().describe("What this JSONPath (RFC 9535) finds in the body."),
  body: z.literal(true).optional().describe("The body as text."),
  bytes: z.literal(true).optional().describe("Length of the body in bytes."),
  sha256: z.literal(true).optional().describe("sha256 of the body."),
  duration: z.literal(true).optional().describe("Milliseconds that the answer took."),
  pages: z.literal(true).optional().describe("Number of pages of the PDF in the body."),
  first: z.literal(true).optional().describe("The first of several values."),
  count: z.literal(true).optional().describe("How many values there are."),
  regex: pattern
    .optional()
    .describe("A group of the first match of this pattern (RE2); alone it searches the body."),
  group,
  secret: z
    .literal(true)
    .optional()
    .describe("Masked in everything that is shown or kept from here on."),
}).describe("Where the value is found. Nothing found fails the step.");

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

const path = (method: string) =>
  z.string().min(1).optional().describe(`${method} this path below \`base\`, or a whole URL.`);
const text = z.union([z.string(), z.number(), z.bigint(), z.boolean()]);

const step = strict({
  name: z.string().min(1).describe("What this step shows, in words."),
  get: path("GET"),
  head: path("HEAD"),
  post: path("POST"),
  put: path("PUT"),
  patch: path("PATCH"),
  delete: path("DELETE"),
  query: z
    .record(z.string(), text)
    .optional()
    .describe("Query parameters, encoded and added to the path."),
  headers: z.record(z.string().min(1), text).optional().describe("Request headers."),
  json: z.unknown().optional().describe("Body as JSON; sets Content-Type unless `headers` does."),
  form: z.record(z.string(), text).optional().describe("Body as a URL-encoded form."),
  body: z.string().optional().describe("Body as text, sent as it is."),
  basic: strict({
    user: z.string().describe("User name."),
    password: z.string().describe("Password, best from a secret."),
  })
    .optional()
    .describe("HTTP Basic authentication."),
  bearer: z.string().min(1).optional().describe("Token for `Authorization: Bearer`."),
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
export type ExpectText = z.output<typeof expectSchema>;
export type QueryText = z.output<typeof query>;
export type Predicates = z.output<typeof predicates>;

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
