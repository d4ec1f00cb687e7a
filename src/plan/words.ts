import { z } from "zod";
import { parseDuration } from "../lib/duration.ts";
import { parseSize } from "../lib/size.ts";

/** How inputs and secrets are named. */
const VARIABLE = /^[A-Z][A-Z0-9_]{0,62}$/;
/** How everything else is named. */
export const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Name of a plan, step, target or environment. */
export const name = z
  .string()
  .regex(
    NAME,
    "Use lower-case letters, digits and -, at most 63 of them, beginning with a letter or digit.",
  );

/** Name of an input or secret. */
export const variable = z
  .string()
  .regex(
    VARIABLE,
    "Use capital letters, digits and _, at most 63 of them, beginning with a letter.",
  );

/** A time such as `90s`, in milliseconds. */
export const duration = z
  .string({ error: "Write it with its unit: 30s, 5m or 250ms." })
  .transform((text, context) => {
    const ms = parseDuration(text);
    if (ms !== undefined && ms > 0) return ms;
    const fix = "Write numbers with units, large to small: 90s, 1m30s, 250ms, 2h.";
    context.addIssue({ code: "custom", message: `"${text}" is not a time.`, params: { fix } });
    return z.NEVER;
  });

/** A number of bytes such as `64MiB`. */
export const size = z
  .string({ error: "Write it with its unit: 500KB, 64MiB or 1GB." })
  .transform((text, context) => {
    const bytes = parseSize(text);
    if (bytes !== undefined && bytes > 0) return bytes;
    const fix = "Write a number with a unit: 512KB, 64MiB, 2GB.";
    context.addIssue({ code: "custom", message: `"${text}" is not a size.`, params: { fix } });
    return z.NEVER;
  });
