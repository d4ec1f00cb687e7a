import { z } from "zod";

/** Words that every part of the grammar uses. */

/** Strict object whose complaint about an unknown key carries the keys that it knows. */
export function strict<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys" ? `known: ${Object.keys(shape).join(" ")}` : undefined,
  });
}

// Looked at by the reader, so that a wrong one does not hide what else is wrong.
export const duration = z.string().meta({ pattern: "^\\d" });

export const hints = z
  .record(z.string().min(1), z.string().min(1))
  .describe("Pattern (RE2) → advice, shown when the pattern is found in a failure's words.");
export const pattern = z.string().min(1);
export const group = z
  .int()
  .min(0)
  .max(99)
  .optional()
  .describe("Which group of `regex`; default 1, or 0 when the pattern has no group.");
export const text = z.union([z.string(), z.number(), z.bigint(), z.boolean()]);

/** What can be looked up as `${NAME}`. */
export const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, "a name of letters, digits and _");
