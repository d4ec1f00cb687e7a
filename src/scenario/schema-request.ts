import { z } from "zod";
import { strict, text } from "./schema-words.ts";

const path = (method: string) =>
  z.string().min(1).optional().describe(`${method} this path below \`base\`, or a whole URL.`);

const amount = z.union([z.int().min(0), z.string().min(1)]);

const range = z
  .union([
    strict({
      from: amount.describe("The first byte, counted from 0."),
      to: amount.optional().describe("The last byte, itself included. Default: the end."),
    }),
    strict({ first: amount.describe("So many bytes from the beginning: 5MiB.") }),
    strict({ last: amount.describe("So many bytes before the end.") }),
  ])
  .describe("Asks for these bytes alone, by a Range header. A server that obeys answers 206.");

const file = z
  .string()
  .min(1)
  .describe("A file that a step before made or downloaded, or one beside the scenario.");

const partShape = {
  text: text.optional().describe("The part as text."),
  json: z.unknown().optional().describe("The part as JSON."),
  file: file.optional(),
  filename: z
    .string()
    .min(1)
    .optional()
    .describe("The file's name for the server. Default: the name of `file`."),
  type: z.string().min(1).optional().describe("Content-Type of the part."),
};

const part = z.union([text, strict(partShape)]);

const multipart = z
  .union([
    z.record(z.string().min(1), part),
    z.array(strict({ name: z.string().min(1).describe("Name of the part."), ...partShape })).min(1),
  ])
  .describe(
    "Body as multipart/form-data: name → text, `{ file: a.pdf }` or `{ json: … }`; or a list of such with `name`, in order, names repeated at will. Files are read while they are sent.",
  );

/** The keys of a step that say what is asked. */
export const requestShape = {
  get: path("GET"),
  head: path("HEAD"),
  post: path("POST"),
  put: path("PUT"),
  patch: path("PATCH"),
  delete: path("DELETE"),
  options: path("OPTIONS"),
  request: strict({
    method: z
      .string()
      .regex(/^[A-Z][A-Z-]{0,29}$/, "a method in capital letters: PROPFIND")
      .describe("Any method: PROPFIND."),
    url: z.string().min(1).describe("The path below `base`, or a whole URL."),
  })
    .optional()
    .describe("A request with any other method."),
  query: z
    .record(z.string(), text)
    .optional()
    .describe("Query parameters, encoded and added to the path."),
  headers: z.record(z.string().min(1), text).optional().describe("Request headers."),
  json: z.unknown().optional().describe("Body as JSON; sets Content-Type unless `headers` does."),
  form: z.record(z.string(), text).optional().describe("Body as a URL-encoded form."),
  body: z.string().optional().describe("Body as text, sent as it is."),
  file: file.optional().describe("Body from a file, read while it is sent."),
  type: z.string().min(1).optional().describe("Content-Type of `file` or `body`."),
  multipart: multipart.optional(),
  basic: strict({
    user: z.string().describe("User name."),
    password: z.string().describe("Password, best from a secret."),
  })
    .optional()
    .describe("HTTP Basic authentication."),
  bearer: z.string().min(1).optional().describe("Token for `Authorization: Bearer`."),
  range: range.optional(),
  download: z
    .string()
    .min(1)
    .optional()
    .describe("Keeps the body of the answer, however long, in a working file of this name."),
  most: z
    .string()
    .min(1)
    .optional()
    .describe("Most bytes of the answer's body; a longer one is an error. Default: 5GB."),
};

const requestText = strict(requestShape);
export type RequestText = z.output<typeof requestText>;
