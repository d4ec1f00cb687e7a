import { z } from "zod";
import { parseDuration } from "../lib/duration.ts";
import { compilePattern } from "../lib/pattern.ts";
import { parseSize } from "../lib/size.ts";

/** Words that the specs of several kinds share. Look-ups in numbers, durations and sizes are not possible: they are read with the plan. */

/** A program with its arguments, as a list. */
export const argv = z.tuple([z.string().min(1)], z.string(), {
  error: "Write the command as a list: [npm, run, build].",
});

/** `90s`, read as milliseconds. */
export const duration = z
  .string({ error: "Write it with its unit: 30s, 5m or 250ms." })
  .transform((text, context) => {
    const ms = parseDuration(text);
    if (ms !== undefined && ms > 0) return ms;
    context.addIssue({ code: "custom", message: `"${text}" is not a duration: write 90s or 5m.` });
    return z.NEVER;
  });

/** `100KB`, read as bytes. */
export const size = z
  .string({ error: "Write it with its unit: 500KB, 64MiB or 1GB." })
  .transform((text, context) => {
    const bytes = parseSize(text);
    if (bytes !== undefined) return bytes;
    context.addIssue({ code: "custom", message: `"${text}" is not a size: write 100KB or 5GB.` });
    return z.NEVER;
  });

/** A pattern in RE2 syntax. */
export const pattern = z
  .string()
  .min(1)
  .superRefine((text, context) => {
    const compiled = compilePattern(text);
    if (compiled.ok) return;
    context.addIssue({ code: "custom", message: `This is not a pattern (RE2): ${compiled.why}.` });
  });

/** One or several; read as several. */
export function several<Schema extends z.ZodType>(schema: Schema) {
  return z
    .union([schema, z.array(schema).min(1)])
    .transform((given): z.output<Schema>[] => (Array.isArray(given) ? given : [given]));
}

/** Why something that protects is left out; said in the record. */
export const reason = z.string().min(8, {
  error: "Say why, in at least 8 characters: it is kept in the record.",
});

export const environment = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string());

/** Says so unless exactly one of the keys is given. */
export function exactlyOne(keys: readonly string[]) {
  return (spec: object, context: z.RefinementCtx): void => {
    const given = keys.filter((key) =>
      Object.entries(spec).some(([k, v]) => k === key && v !== undefined),
    );
    if (given.length === 1) return;
    const message =
      given.length === 0
        ? `One of these is needed: ${keys.join(", ")}.`
        : `Only one of these can be given: ${given.join(", ")}.`;
    context.addIssue({ code: "custom", message, path: given.slice(1, 2) });
  };
}
