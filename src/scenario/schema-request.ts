import { z } from "zod";
import { strict, text } from "./schema-words.ts";

const path = (method: string) =>
  z.string().min(1).optional().describe(`${method} this path below \`base\`, or a whole URL.`);

/** The keys of a step that say what is asked. */
export const requestShape = {
  get: path("GET"),
  head: path("HEAD"),
  post: path("POST"),
  put: path("PUT"),
  patch: path("PATCH"),
  delete: path("DELETE"),
  query: z
    .record(z.string(), text)
    .optional()
    .describe("Query parameters, encoded and added to the path."),
  headers: z.record(z.string().min(1), text).optional().describe("Request headers."),
  json: z.unknown().optional().describe("Body as JSON; sets Content-Type unless `headers` does."),
  form: z.record(z.string(), text).optional().describe("Body as a URL-encoded form."),
  body: z.string().optional().describe("Body as text, sent as it is."),
  basic: strict({
    user: z.string().describe("User name."),
    password: z.string().describe("Password, best from a secret."),
  })
    .optional()
    .describe("HTTP Basic authentication."),
  bearer: z.string().min(1).optional().describe("Token for `Authorization: Bearer`."),
};

const requestText = strict(requestShape);
export type RequestText = z.output<typeof requestText>;
