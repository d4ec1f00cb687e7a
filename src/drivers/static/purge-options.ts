import { z } from "zod";

const url = z
  .string()
  .regex(/^https?:\/\/[^\s#]+$/, "expected a URL such as https://cache.example/");
const name = z.string().regex(/^[\w-]+$/, "expected the name of a header");
const line = z.string().regex(/^[\x20-\x7e]*$/, "expected one line");

const cloudfront = z.strictObject({
  distribution: z
    .string()
    .regex(/^[A-Z0-9]{6,32}$/, "expected an id such as E2QWRUHAPOMQZL")
    .describe("Id of the distribution."),
  paths: z
    .array(z.string().regex(/^\/[\x21-\x7e]*$/, "expected a path such as /* or /index.html"))
    .min(1)
    .max(3_000)
    .default(["/*"])
    .describe("What is invalidated."),
  access_key: z
    .string()
    .min(1)
    .describe("Who signs: ${AWS_ACCESS_KEY_ID}, a secret of the target."),
  secret_key: z.string().min(1).describe("What is signed with, a secret of the target."),
  session_token: z.string().min(1).optional().describe("Of credentials that are good for a while."),
  endpoint: url
    .default("https://cloudfront.amazonaws.com")
    .describe("Where CloudFront's API answers."),
});

const http = z.strictObject({
  method: z
    .string()
    .regex(/^[A-Z]{3,20}$/, "expected a method such as POST or PURGE")
    .default("POST")
    .describe("How it is asked."),
  url: url.describe("What is asked."),
  headers: z.record(name, line).default({}).describe("Sent along: { Fastly-Key: ${KEY} }."),
  body: z.string().max(100_000).optional().describe("Sent along."),
});

export type CloudFront = z.output<typeof cloudfront>;
export type PurgeHook = z.output<typeof http>;

/** Caches that are told to forget, after the switch and after the way back. */
export const purgeOptions = z
  .array(z.union([z.strictObject({ cloudfront }), z.strictObject({ http })]))
  .max(20)
  .default([])
  .describe("Caches that are told, after each switch, to forget: cloudfront, or any by http.");
