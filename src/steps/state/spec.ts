import { z } from "zod";
import { several } from "../words.ts";

const names = several(z.string().min(1));

/** What must be true of a target's parts. */
export const stateSpec = z
  .strictObject({
    target: z.string().min(1).describe("Name of the target. `state: stack` is the short form."),
    healthy: z
      .union([z.literal("all"), names])
      .optional()
      .describe(
        "Parts that must say by a health check of their own that they are well: `all`, or [web, db]. Default: those that have a check.",
      ),
    parts: z
      .int()
      .min(1)
      .optional()
      .describe("How many parts there must be. Default: any number but none."),
    restarts: z
      .int()
      .min(0)
      .optional()
      .describe("How often each may have been restarted. Default: any number, and it is shown."),
    done: names
      .optional()
      .describe("Parts that do their work once: they must have ended well, or still run."),
  })
  .describe("Shows the parts of a target, and fails unless each runs and is well.");

export type StateSpec = z.output<typeof stateSpec>;
