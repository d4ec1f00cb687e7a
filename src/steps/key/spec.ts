import { z } from "zod";
import { someHosts } from "../hosts.ts";

/** A secret that hosts keep in a file, and what is proven of it. */
export const keySpec = z
  .strictObject({
    secret: z
      .string()
      .min(1)
      .describe("Name of the secret. The step has to declare it under `secrets`."),
    at: z
      .string()
      .regex(
        /^(?:\/|\$\{).*[^/]$/,
        "expected the path of a file from the root on: /srv/erp/blob.key",
      )
      .describe("Path of the file on the hosts, from the root on."),
    hosts: someHosts.default("all").describe("On which hosts: all (default), or [app1, app2]."),
    owner: z
      .string()
      .regex(/^[^\s:]+(?::[^\s:]+)?$/, "expected a user, or user:group")
      .optional()
      .describe(
        "Whom the file belongs to: `erp`, or `erp:erp`. Another than who signs in needs root's rights by sudo. Default: who signs in.",
      ),
    mode: z
      .string()
      .regex(/^0?[0-7]{3}$/, 'expected a mode such as "0600"')
      .default("0600")
      .describe("Who may read it. Default: 0600, its owner alone."),
    form: z
      .enum(["text", "hex", "base64"])
      .default("text")
      .describe(
        "How the key is written in the file, so that its length can be told. Default: text.",
      ),
    bytes: z.int().min(1).max(1_048_576).optional().describe("How long the key itself must be."),
    must_stay: z
      .boolean()
      .default(true)
      .describe(
        "Another key on a host, or in the last accepted run, stops the run before anything is changed. With false it is replaced, and comes back when the run is rolled back.",
      ),
    check: z
      .literal(true)
      .optional()
      .describe("Writes nothing: only proves that the key is there."),
  })
  .describe("Puts a secret into a file on hosts without showing it, and proves it there.");

export type KeySpec = z.output<typeof keySpec>;
