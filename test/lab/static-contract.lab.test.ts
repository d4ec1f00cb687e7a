import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { keepsTheDriverContract } from "../contracts/driver.contract.ts";
import { makeSite, showUrl, staticAct, staticDriver } from "../rig/static-site.ts";
import { startS3, type S3Server } from "./rig/s3.ts";

let s3: S3Server;
let count = 0;

beforeAll(async () => {
  s3 = await startS3(23_010);
});
afterAll(() => s3[Symbol.asyncDispose]());

keepsTheDriverContract("static in a bucket", async () => {
  const folder = await mkdtemp(join(tmpdir(), "swf-contract-"));
  const name = `contract-${++count}`;
  const server = await showUrl(await s3.makeBucket(name));
  const options = {
    bucket: {
      endpoint: s3.endpoint,
      name,
      access_key: s3.accessKey,
      secret_key: s3.secretKey,
      prefix: "",
    },
    verify: { url: server.url, within: "500ms", version: { get: "/version.json" } },
  };
  return {
    driver: (given) => staticDriver({ folder, options, fence: given?.fence }),
    act: () => staticAct(),
    source: (says) => makeSite(join(folder, "sources", says), says),
    async answers() {
      const response = await fetch(`${server.url}version.json`);
      return response.ok ? ((await response.json()) as { version: string }).version : undefined;
    },
    saysNothing: true,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
});
