import { z } from "zod";
import { group, pattern, strict } from "./schema-words.ts";

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
export const query = strict({
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

export type ExpectText = z.output<typeof expectSchema>;
export type QueryText = z.output<typeof query>;
export type Predicates = z.output<typeof predicates>;
