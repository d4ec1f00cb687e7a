import { z } from "zod";
import { inPart } from "../../inside.ts";

/** Which PostgreSQL database, and where its psql runs. */
export const postgres = z.strictObject({
  in: inPart
    .optional()
    .describe(
      "Part of a target whose psql is used (`stack/db`). Without it: psql on this machine.",
    ),
  host: z
    .string()
    .min(1)
    .optional()
    .describe("Host or folder of the socket, as psql sees it. Default: psql's own."),
  port: z
    .union([z.int().min(1).max(65_535), z.string().regex(/^\d+$|\$\{/)])
    .optional()
    .describe("Port. Default: psql's own."),
  user: z.string().min(1).optional().describe("Role to sign in as. Default: psql's own."),
  database: z.string().min(1).describe("Name of the database."),
  password: z
    .string()
    .min(1)
    .optional()
    .describe("Password, as a look-up of a secret that the step declares: `${DB_PASSWORD}`."),
});

export type PostgresSpec = z.output<typeof postgres>;
