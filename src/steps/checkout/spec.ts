import { z } from "zod";
import { exactlyOne } from "../words.ts";

/** What is checked out, and from where. */
export const checkoutSpec = z
  .strictObject({
    tag: z
      .string()
      .min(1)
      .optional()
      .describe("Git tag to deploy. `checkout: v1.2.0` is the short form."),
    commit: z
      .string()
      .min(1)
      .optional()
      .describe("Commit to deploy: its hash, at least 7 characters."),
    branch: z.string().min(1).optional().describe("Branch whose newest commit is deployed."),
    repo: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Folder or address (https, ssh) of the repository. Default: the one that holds the project file.",
      ),
    folder: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Folder inside the repository that is the release. Default: where the project file is, or the whole repository when `repo` is given.",
      ),
    token: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Secret, declared by the step, that opens an https repository. It goes by the environment, never into the address.",
      ),
  })
  .superRefine(exactlyOne(["tag", "commit", "branch"]));

export type CheckoutSpec = z.output<typeof checkoutSpec>;
