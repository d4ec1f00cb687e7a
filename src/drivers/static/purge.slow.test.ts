import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { plainShell } from "../../../test/rig/plain-shell.ts";
import {
  goneAt,
  makeSite,
  showFolder,
  showUrl,
  staticAct,
  staticDriver,
  type StaticWorld,
  type WebServer,
} from "../../../test/rig/static-site.ts";
import type { JsonObject } from "../../model/json.ts";
import { openHttp } from "../../shell/http.ts";

const SECRET = "a/secret+key=";

interface Told {
  readonly request: IncomingMessage;
  readonly body: string;
}

let folder: string;
let origin: WebServer;
/** A distribution that keeps what it was asked for until it is told to forget it. */
let edge: WebServer;
let hooks: Server;
let told: Told[];
let answers: number[];
let hookUrl: string;
const cached = new Map<string, never>();

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "seaworthy-purge-"));
  origin = await showFolder(path.join(folder, "www", "current"));
  cached.clear();
  edge = await showUrl(origin.url, cached);
  told = [];
  answers = [];
  hooks = createServer((request, response) => {
    void hear(request).then((status) =>
      response.writeHead(status).end(status < 300 ? "" : "<Code>AccessDenied</Code>"),
    );
  }).listen(0, "127.0.0.1");
  await once(hooks, "listening");
  const address = hooks.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  hookUrl = `http://127.0.0.1:${address.port}`;
});
afterEach(async () => {
  hooks.closeAllConnections();
  hooks.close();
  for (const each of [edge, origin]) await each[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function hear(request: IncomingMessage): Promise<number> {
  told.push({ request, body: await text(request) });
  const status = answers.shift() ?? 201;
  if (status < 300) cached.clear();
  return status;
}

const release = (name: string) => ({ id: `${name}+abc`, name });

function driver(purge: JsonObject[], around: Partial<StaticWorld> = {}) {
  const verify = { url: edge.url, within: "1500ms" };
  return staticDriver({ folder, options: { folder: "www", verify, purge }, ...around });
}

async function deploy(name: string, purge: JsonObject[]): Promise<void> {
  const from = await makeSite(path.join(folder, "sources", name), name);
  await driver(purge).stage(release(name), from, staticAct());
  await driver(purge).activate(release(name), staticAct());
}

const title = async () => /<title>(.*)</.exec(await (await fetch(edge.url)).text())?.[1];

function cloudfront(): JsonObject {
  return {
    cloudfront: {
      distribution: "E2QWRUHAPOMQZL",
      paths: ["/*", "/a&b"],
      access_key: "AKIDEXAMPLE",
      secret_key: SECRET,
      endpoint: hookUrl,
    },
  };
}

test("without a purge, people behind a cache keep the old document, and that is found", async () => {
  await deploy("v1", []);
  expect(await title()).toBe("v1");
  await expect(deploy("v2", [])).rejects.toMatchObject({
    failure: { code: "release-never-healthy", detail: expect.stringContaining("v1") },
  });
  expect(await driver([]).current(staticAct())).toEqual(release("v1"));
});

test("a hook makes caches forget, once for each switch, and on the way back too", async () => {
  const purge = [
    { http: { method: "PURGE", url: `${hookUrl}/all`, headers: { "Fastly-Key": "k" }, body: "x" } },
  ];
  await deploy("v1", purge);
  await deploy("v2", purge);
  expect(await title()).toBe("v2");
  await driver(purge).activate(release("v2"), staticAct());
  expect(told).toHaveLength(2);
  await driver(purge).activate(release("v1"), staticAct());
  expect(await title()).toBe("v1");
  expect(
    told.map(({ request, body }) => [
      request.method,
      request.url,
      request.headers["fastly-key"],
      body,
    ]),
  ).toEqual(Array.from({ length: 3 }, () => ["PURGE", "/all", "k", "x"]));
});

test("a cache that is busy is told again; what it refuses is a failure, and the release before is back", async () => {
  const purge = [cloudfront()];
  answers = [503, 429];
  await deploy("v1", purge);
  expect(told).toHaveLength(3);
  answers = [403];
  await expect(deploy("v2", purge)).rejects.toMatchObject({
    failure: { code: "purge-failed", detail: expect.stringContaining("AccessDenied") },
  });
  expect(await driver(purge).current(staticAct())).toEqual(release("v1"));
  expect(await title()).toBe("v1");
});

test("after a crash CloudFront is asked for the same invalidation, and for another one at the next switch", async () => {
  const purge = [cloudfront()];
  await deploy("v1", purge);
  const from = await makeSite(path.join(folder, "sources", "v2"), "v2");
  await driver(purge).stage(release("v2"), from, staticAct());
  for (let n = 1; told.length < 2; n++) {
    const cut = goneAt(n, { isAfter: true });
    const around = { shell: cut.shell(plainShell()), http: cut.http(openHttp()) };
    const dying = driver(purge, around).activate(release("v2"), staticAct());
    await expect(dying, `gone after ${n}`).rejects.toThrow("gone");
  }
  await driver(purge).activate(release("v2"), staticAct());
  await driver(purge).activate(release("v1"), staticAct());
  const [first, second, again, back, ...more] = told.map(
    ({ body }) => /<CallerReference>(.*)<\/CallerReference>/.exec(body)?.[1],
  );
  expect(more).toEqual([]);
  expect(again).toBe(second);
  expect(new Set([first, second, back]).size).toBe(3);
});

test("an invalidation is signed so that openssl finds the same signature", async () => {
  await deploy("v1", [cloudfront()]);
  const [{ request, body } = { request: undefined, body: "" }] = told;
  const { authorization = "", host = "", ...headers } = request?.headers ?? {};
  const time = String(headers["x-amz-date"]);
  const scope = `${time.slice(0, 8)}/us-east-1/cloudfront/aws4_request`;
  const canonical = [
    "POST",
    "/2020-05-31/distribution/E2QWRUHAPOMQZL/invalidation",
    "",
    "content-type:text/xml",
    `host:${host}`,
    `x-amz-date:${time}`,
    "",
    "content-type;host;x-amz-date",
    sum(body),
  ].join("\n");
  let key = `key:AWS4${SECRET}`;
  for (const word of scope.split("/")) key = `hexkey:${sign(key, word)}`;
  const signature = sign(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sum(canonical)}`);
  expect(authorization).toBe(
    `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}, SignedHeaders=content-type;host;x-amz-date, Signature=${signature}`,
  );
  expect(body).toContain("<Quantity>2</Quantity><Items><Path>/*</Path><Path>/a&amp;b</Path>");
});

function sum(input: string): string {
  return openssl(["dgst", "-sha256", "-r"], input).slice(0, 64);
}

function sign(key: string, input: string): string {
  return openssl(["dgst", "-sha256", "-r", "-mac", "HMAC", "-macopt", key], input).slice(0, 64);
}

function openssl(argv: readonly string[], input: string): string {
  return execFileSync("openssl", argv, { input, encoding: "utf8" });
}
