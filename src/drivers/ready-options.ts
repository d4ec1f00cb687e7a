import { z } from "zod";
import { isReadable } from "./identity.ts";

/** Path that a release is asked at. */
export const readyPath = z
  .string()
  .regex(/^\/[\x21-\x7e]*$/, "expected a path such as /api/health/")
  .describe("Path that is asked.");

/** What every driver's `ready` says of the question and of its answer. */
export const readyAnswer = {
  host: z
    .string()
    .regex(/^[\w.:[\]-]+$/, "expected a host name such as shop.example")
    .optional()
    .describe("Host header of the question, for an application that answers to its own name only."),
  status: z.int().min(100).max(599).default(200).describe("The status that it must answer with."),
  version: z
    .string()
    .min(1)
    .refine(isReadable, "expected a JSON path such as version, `header:X-Release`, or `text`")
    .default("version")
    .describe(
      "Where the answer says which release it is: a path into the JSON body, `header:NAME`, or `text` (a word of the body). It must be the release's name.",
    ),
};
