import { z } from "zod";

/** Services that are switched beside their proxy instead of being stopped first. */
export const switchOptions = z
  .record(z.string(), z.strictObject({}))
  .optional()
  .describe("Services that stay reachable while they are replaced, by name.");
