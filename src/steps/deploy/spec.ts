import { z } from "zod";
import { duration } from "../words.ts";

/** Where the release goes, and how long it may take to become healthy. */
export const deploySpec = z.strictObject({
  target: z.string().min(1).describe("Name of the target. `deploy: stack` is the short form."),
  from: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Folder with the release's files, relative to the nearest checkout before. Default: that folder itself.",
    ),
  healthy_within: duration
    .prefault("90s")
    .describe(
      "How long a release may take until it is proven healthy, never longer than the step's `timeout`. Default: 90s.",
    ),
});

export type DeploySpec = z.output<typeof deploySpec>;
