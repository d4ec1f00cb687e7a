import { z } from "zod";
import { parseDuration } from "../../lib/duration.ts";
import { isReadable } from "../identity.ts";
import { onHosts } from "../rollout.ts";
import { purgeOptions } from "./purge-options.ts";

const duration = z
  .string()
  .refine(
    (text) => parseDuration(text) !== undefined,
    "expected a duration such as 250ms, 30s, 2m",
  );
const url = z
  .string()
  .regex(/^https?:\/\/[^\s#]+$/, "expected a URL such as https://shop.example/");
const inFiles = z
  .string()
  .regex(/^[^/\\\0]+(\/[^/\\\0]+)*$/, "expected a path in the release, such as index.html")
  .refine((text) => !/(^|\/)\.{1,2}(\/|$)/.test(text), "must stay inside the release");
const pattern = z
  .string()
  .regex(/^[^/\0][^\0]*$/, "expected a pattern such as *.html or assets/**")
  .max(200);
const header = z.string().regex(/^[\x21-\x7e][\x20-\x7e]*$/, "expected one line of a header");

const bucket = z.strictObject({
  endpoint: url
    .optional()
    .describe("Where the storage answers. Default: Amazon's own for the region."),
  region: z
    .string()
    .regex(/^[\w-]{1,64}$/, "expected a region such as eu-central-1")
    .default("us-east-1")
    .describe("Region that requests are signed for."),
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "expected the name of a bucket")
    .describe("Name of the bucket, which must be there."),
  prefix: z
    .string()
    .regex(/^(?:[^/\0]+\/)*$/, "expected a prefix that ends in /, such as shop/")
    .default("")
    .describe("What the keys begin with, when the site is a part of the bucket."),
  path_style: z
    .boolean()
    .optional()
    .describe(
      "Whether the bucket stands in the path and not in the host's name. Default: true where `endpoint` is said.",
    ),
  access_key: z.string().min(1).describe("Who signs: ${S3_ACCESS_KEY}, a secret of the target."),
  secret_key: z
    .string()
    .min(1)
    .describe("What is signed with: ${S3_SECRET_KEY}, a secret of the target."),
  session_token: z.string().min(1).optional().describe("Of credentials that are good for a while."),
  adopt: z
    .boolean()
    .default(false)
    .describe(
      "Replace objects that Seaworthy did not put there, where a release has files of the same names.",
    ),
});

const verify = z.union([
  z.strictObject({
    url: z
      .union([url, z.array(url).min(1).max(50)])
      .describe("Where people find the document; several, when each of them is to be asked."),
    within: duration
      .default("30s")
      .describe("How long caches and web servers may take until they show the release."),
    headers: z
      .record(z.string().regex(/^[\w-]+$/, "expected the name of a header"), header)
      .default({})
      .describe("Sent with each question: Host, Authorization."),
    cache_header: z
      .boolean()
      .optional()
      .describe(
        "Whether Cache-Control must be as `cache` says. Default: true for storage, false for a folder, whose web server has rules of its own.",
      ),
    version: z
      .strictObject({
        get: z.string().regex(/^\/[\x21-\x7e]*$/, "expected a path such as /version.json"),
        at: z
          .string()
          .refine(isReadable, "expected a JSON path such as version, `header:X-Release`, or `text`")
          .default("version")
          .describe("Where the answer says which release it is."),
      })
      .optional()
      .describe("A file of the release that says its name, asked besides."),
  }),
  z.strictObject({
    none: z
      .string()
      .min(10)
      .describe("Why nobody can ask from outside; the files alone are proven."),
  }),
]);

/** What a person may say about a target of driver `static`. Without transforms, so that reading twice equals reading once. */
export const options = z
  .strictObject({
    folder: z
      .string()
      .regex(/^[^\0]+$/, "expected a path")
      .optional()
      .describe(
        "Folder on the environment's hosts, absolute; here, where it has none. The web server shows `current` in it.",
      ),
    bucket: bucket.optional().describe("Storage with the S3 API."),
    here: z
      .boolean()
      .default(false)
      .describe("The folder is on this machine, although the environment has hosts."),
    ...onHosts,
    document: inFiles
      .default("index.html")
      .describe("The file that people come to first; it changes last of all."),
    entry: z
      .array(pattern)
      .default(["*.html", "**/*.html"])
      .describe("Files that lead to others, changed after all others: patterns with *, ** and ?."),
    hashed: z
      .array(pattern)
      .default([])
      .describe(
        "Files whose name changes with what is in them, besides those that look like it (app.3f2a91bc.js).",
      ),
    cache: z
      .strictObject({
        hashed: header
          .default("public, max-age=31536000, immutable")
          .describe("Cache-Control of files with a hash in their name."),
        entry: header.default("no-cache").describe("Cache-Control of all others."),
      })
      .default({ hashed: "public, max-age=31536000, immutable", entry: "no-cache" })
      .describe("Cache-Control. On hosts the web server's own settings count."),
    types: z
      .record(z.string().regex(/^\.[a-z0-9]+$/, "expected an extension such as .wasm"), header)
      .default({})
      .describe("Content-Type by extension, where the usual one is not the right one."),
    purge: purgeOptions,
    verify: verify.describe("How it is proven from outside that the release is shown."),
    keep: z
      .int()
      .min(2)
      .max(100)
      .default(3)
      .describe("How many releases are kept, the shown and the previous one among them."),
  })
  .refine((all) => (all.folder === undefined) !== (all.bucket === undefined), {
    message: "says where by either `folder` or `bucket`",
  });

export type Options = z.output<typeof options>;
export type BucketOptions = z.output<typeof bucket>;
export type Verify = z.output<typeof verify>;

export function milliseconds(text: string): number {
  return parseDuration(text) ?? 0;
}
