import { z } from "zod";

const signIn = z.strictObject({
  registry: z
    .string()
    .regex(/^[\w.-]+(:\d+)?$/, "expected a registry such as registry.example:5000")
    .describe("Address of the registry, as the images' names begin."),
  user: z.string().min(1).describe("Who signs in."),
  password: z.string().min(1).describe("Password; a look-up of a secret."),
});

/** What is pushed. */
export const pushSpec = z.strictObject({
  target: z.string().min(1).describe("Name of the target. `push: stack` is the short form."),
  sign_in: signIn
    .optional()
    .describe(
      "Who may push. Default: the `registry` of the target, else what `docker login` left on this machine.",
    ),
});

export type PushSpec = z.output<typeof pushSpec>;
