import { z } from "zod";
import { group, pattern, strict } from "./schema-words.ts";
import { CERTIFICATE_FIELDS, FILTER_WORDS } from "./words.ts";

const amount = z.union([z.number(), z.string()]);

const filter = z.union([
  z.string().meta({ enum: FILTER_WORDS }),
  strict({
    nth: z.int().optional().describe("The value at this place: 0 is the first, -1 the last."),
    regex: pattern.optional().describe("A group of the first match of this pattern (RE2)."),
    group,
    json: z
      .string()
      .min(1)
      .optional()
      .describe("What this JSONPath finds in the value, or in the JSON that the text holds."),
    attribute: z.string().min(1).optional().describe("This attribute of an HTML element."),
    split: z.string().min(1).optional().describe("The pieces of a text between this text."),
  }),
]);

const filters = z
  .array(filter)
  .min(1)
  .optional()
  .describe("Changes what was found, one after the other, before it is looked at.");

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
  starts_with: z.string().min(1).optional().describe("A text that begins with this text."),
  ends_with: z.string().min(1).optional().describe("A text that ends with this text."),
  between: z
    .array(amount)
    .length(2)
    .optional()
    .describe("A number from the first to the second, both included."),
  approximately: strict({
    value: z.union([z.number(), z.bigint(), z.string()]).describe("The number that is expected."),
    tolerance: z.number().min(0).describe("How far from it still holds."),
  })
    .optional()
    .describe("A number not further than `tolerance` from `value`."),
  empty: z
    .boolean()
    .optional()
    .describe("Whether a text, list or object that is there has nothing in it."),
  get length() {
    return expected.optional().describe("How many characters a text, or items a list has.");
  },
  get every() {
    return expected
      .optional()
      .describe("Each item of the list is like this. Fails when there is no item.");
  },
  get any() {
    return expected.optional().describe("At least one item of the list is like this.");
  },
  unique: z
    .literal(true)
    .optional()
    .describe("A list in which nothing is there twice. Fails when there is no item."),
  sorted: z
    .enum(["asc", "desc"])
    .optional()
    .describe(
      "A list of numbers or texts in this order (texts by their code). Fails when there is no item.",
    ),
  before: z.string().min(1).optional().describe('A date before this one, or before "now".'),
  after: z.string().min(1).optional().describe('A date after this one, or after "now".'),
  within: z
    .string()
    .min(1)
    .optional()
    .describe("A date at most this far from now, before or after: 5m."),
  schema: z
    .union([z.string().min(1), z.boolean(), z.record(z.string(), z.unknown())])
    .optional()
    .describe("A value after this JSON Schema: a file beside this one, or the schema itself."),
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
  filter: filters,
}).describe("Predicates; all of them must hold.");

const expected: z.ZodType = z.union([z.string(), z.number(), z.boolean(), z.null(), predicates]);
const named = z.record(z.string().min(1), expected).optional();

/** What an answer must be like; every expectation is looked at, and each must hold. */
export const expectSchema = strict({
  status: expected.optional().describe("The status: 200, or predicates: { one_of: [200, 204] }."),
  header: named.describe("Header name → what it must be."),
  cookie: named.describe(
    "Cookie name → what it must be. Only a cookie that this answer set, and that would be sent back. NAME[HttpOnly], [Secure], [SameSite], [Path], [Domain], [Max-Age], [Expires]: what its Set-Cookie says.",
  ),
  json: named.describe("JSONPath (RFC 9535) → what it must find in the body."),
  body: expected.optional().describe("The body as text."),
  bytes: expected.optional().describe("Length of the body in bytes."),
  sha256: expected.optional().describe("sha256 of the body in lower-case hex."),
  duration: expected
    .optional()
    .describe("How long the answer took: { at_most: 2s }, or milliseconds as a number."),
  first_byte: expected
    .optional()
    .describe("How long the first byte of the answer took, as `duration`."),
  redirect: expected
    .optional()
    .describe("The absolute URL that a redirect leads to. Any other answer is an error."),
  html: named.describe(
    "CSS selector → the text of the element that it must find in the page; several: count, first, every, any.",
  ),
  certificate: strict({
    expires: expected.optional().describe("When it ends (RFC 3339)."),
    days_left: expected.optional().describe("Whole days until then; below 0 when it has ended."),
    subject: expected.optional().describe("Whom it is for."),
    issuer: expected.optional().describe("Who signed it."),
    names: expected.optional().describe("List of the names and addresses that it is for."),
  })
    .optional()
    .describe("The server's certificate. Over plain HTTP there is none, which is an error."),
  pdf: z
    .union([
      z.literal(true),
      strict({
        pages: expected.optional().describe("Number of pages."),
        text: expected.optional().describe("The text on its pages, where it can be read."),
      }),
    ])
    .optional()
    .describe("The body is a whole PDF with at least one page: true, or { pages: 3 }."),
  openapi: z
    .union([
      z.literal(true),
      strict({ operation: z.string().min(1).describe("The `operationId` that is meant.") }),
    ])
    .optional()
    .describe(
      "The answer is as the scenario's OpenAPI description says: status, type, headers, body.",
    ),
}).describe("What the answer must be like.");

/** Where a value is found in an answer: exactly one source, then `first` or `count`, then `regex`, then `filter`. */
export const query = strict({
  status: z.literal(true).optional().describe("The status."),
  header: z.string().min(1).optional().describe("The value of this header."),
  cookie: z
    .string()
    .min(1)
    .optional()
    .describe(
      "The value of this cookie, when this answer set it; NAME[Path]: one of its attributes.",
    ),
  json: z.string().min(1).optional().describe("What this JSONPath (RFC 9535) finds in the body."),
  body: z.literal(true).optional().describe("The body as text."),
  bytes: z.literal(true).optional().describe("Length of the body in bytes."),
  sha256: z.literal(true).optional().describe("sha256 of the body."),
  duration: z.literal(true).optional().describe("Milliseconds that the answer took."),
  first_byte: z
    .literal(true)
    .optional()
    .describe("Milliseconds until the first byte of the answer."),
  redirect: z.literal(true).optional().describe("The absolute URL that a redirect leads to."),
  html: z
    .string()
    .min(1)
    .optional()
    .describe("The text of the element that this CSS selector finds in the page."),
  certificate: z.enum(CERTIFICATE_FIELDS).optional().describe("This of the server's certificate."),
  pages: z.literal(true).optional().describe("Number of pages of the PDF in the body."),
  pdf_text: z.literal(true).optional().describe("The text on the pages of the PDF in the body."),
  first: z.literal(true).optional().describe("The first of several values."),
  count: z.literal(true).optional().describe("How many values there are."),
  regex: pattern
    .optional()
    .describe("A group of the first match of this pattern (RE2); alone it searches the body."),
  group,
  filter: filters,
  secret: z
    .literal(true)
    .optional()
    .describe("Masked in everything that is shown or kept from here on."),
}).describe("Where the value is found. Nothing found fails the step.");

export type ExpectText = z.output<typeof expectSchema>;
export type QueryText = z.output<typeof query>;
export type Predicates = z.output<typeof predicates>;
