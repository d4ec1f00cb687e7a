import { z } from "zod";

const pair = z.object({ name: z.string(), value: z.string().default("") });

/** What is read of a HAR 1.2 file; the rest of it is of no use here. http://www.softwareishard.com/blog/har-12-spec/ */
export const harSchema = z.object({
  log: z.object({
    entries: z.array(
      z.object({
        _resourceType: z.string().optional(),
        request: z.object({
          method: z.string(),
          url: z.string(),
          headers: z.array(pair).default([]),
          postData: z
            .object({
              mimeType: z.string().default(""),
              text: z.string().optional(),
              params: z.array(pair.extend({ fileName: z.string().optional() })).optional(),
            })
            .optional(),
        }),
        response: z.object({
          status: z.number(),
          headers: z.array(pair).default([]),
          content: z
            .object({
              mimeType: z.string().default(""),
              text: z.string().optional(),
              encoding: z.string().optional(),
            })
            .default({ mimeType: "" }),
        }),
      }),
    ),
  }),
});

export type HarEntry = z.output<typeof harSchema>["log"]["entries"][number];
export type Exchange = HarEntry & { readonly at: URL };

export function pathTo(key: string): string {
  return /^[A-Za-z_]\w*$/.test(key)
    ? `$.${key}`
    : `$['${key.replaceAll(/['\\]/g, String.raw`\$&`)}']`;
}

export function textOf({ text, encoding }: HarEntry["response"]["content"]): string | undefined {
  return text !== undefined && encoding === "base64"
    ? Buffer.from(text, "base64").toString()
    : text;
}

export function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
