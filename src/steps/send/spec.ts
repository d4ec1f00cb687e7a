import { z } from "zod";

/** What is sent where. */
export const sendSpec = z.strictObject({
  target: z.string().min(1).describe("Name of the target for which the images were built."),
  to: z
    .string()
    .regex(/^(?:unix|ssh|tcp):\/\/\S+$|\$\{/, "expected ssh://user@host or unix:///run/docker.sock")
    .describe("Address of the engine that gets them: ssh://user@host, or the socket of one."),
});

export type SendSpec = z.output<typeof sendSpec>;
