import { z } from "zod";
import { environment, several } from "../words.ts";

/** What is built for a target, and how. */
export const buildSpec = z.strictObject({
  target: z.string().min(1).describe("Name of the target. `build: stack` is the short form."),
  from: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Folder with the release's files, relative to the nearest checkout before. Default: that folder itself.",
    ),
  services: several(z.string().min(1))
    .optional()
    .describe("Services to build. Default: all of which the stack says how."),
  no_cache: z.boolean().default(false).describe("Builds every layer anew. Default: false."),
  args: environment
    .prefault({})
    .describe(
      "Build arguments, above those of the stack's file. Everybody who has the image can read them: secrets go by the step's `secrets`.",
    ),
  builder: z
    .enum(["auto", "buildkit", "classic"])
    .default("auto")
    .describe("What builds. `auto`: BuildKit where docker has it. Default: auto."),
  reproducible: z
    .enum(["check", "require"])
    .optional()
    .describe(
      "Builds twice without a cache and lists what differs in files, modes, owners and settings; `require` fails then. Default: built once.",
    ),
});

export type BuildSpec = z.output<typeof buildSpec>;
