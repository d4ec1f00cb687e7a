import { z } from "zod";

/** Which target gets the files of the release early. */
export const stageSpec = z.strictObject({
  target: z.string().min(1).describe("Name of the target. `stage: hub` is the short form."),
  from: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Folder with the release's files, relative to the nearest checkout before. Default: that folder itself.",
    ),
});

export type StageSpec = z.output<typeof stageSpec>;
