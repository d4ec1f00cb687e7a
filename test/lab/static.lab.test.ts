import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { sha256 } from "../../src/lib/digest.ts";
import { signed } from "../../src/lib/sigv4.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { Http } from "../../src/ports/http.ts";
import { openHttp } from "../../src/shell/http.ts";
import {
  goneAt,
  makeSite,
  showUrl,
  staticAct,
  staticDriver,
  visit,
  type StaticWorld,
  type WebServer,
} from "../rig/static-site.ts";
import { startS3, type S3Server } from "./rig/s3.ts";

let s3: S3Server;
let count = 0;
let bucket: string;
let base: string;
let folder: string;
let server: WebServer;

beforeAll(async () => {
  s3 = await startS3(23_020);
});
afterAll(() => s3[Symbol.asyncDispose]());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "swf-bucket-"));
  bucket = `site-${++count}`;
  base = await s3.makeBucket(bucket);
  server = await showUrl(base);
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const act = () => staticAct();
const release = (name: string) => ({ id: `${name}+abc`, name });
const source = (says: string, more?: Record<string, string>) =>
  makeSite(join(folder, "sources", says), says, more);

function driver(given: Partial<StaticWorld> & { readonly more?: JsonObject } = {}) {
  const { options, more, ...world } = given;
  return staticDriver({
    folder,
    options: {
      bucket: {
        endpoint: s3.endpoint,
        name: bucket,
        access_key: s3.accessKey,
        secret_key: s3.secretKey,
        ...more,
      },
      verify: { url: server.url, within: "5s", version: { get: "/version.json" } },
      ...options,
    },
    ...world,
  });
}

async function deploy(name: string, more?: Record<string, string>): Promise<void> {
  await driver().stage(release(name), await source(name, more), act());
  await driver().activate(release(name), act());
}

test("people who visit while releases change miss nothing, forward and back", async () => {
  await deploy("v1");
  const visitors = [visit([server.url]), visit([server.url], { lingerMs: 300 })];
  await deploy("v2");
  await deploy("v3");
  await driver().activate(release("v2"), act());
  await driver().settle(act());
  await deploy("v4");
  await Promise.all(visitors.map((each) => each.stop()));
  expect(visitors.flatMap(({ broken }) => broken)).toEqual([]);
  expect([...visitors[0]!.seen.keys()]).toEqual(expect.arrayContaining(["v1", "v2", "v3"]));
});

test("wherever the process is gone, the next one ends with the same", async () => {
  await deploy("v1");
  await driver().settle(act());
  const visitor = visit([server.url], { lingerMs: 20 });
  let ends = 0;
  for (let n = 1; ; n += 9) {
    // Before and after take turns, and n moves in steps that meet every kind of request: there are dozens.
    const cut = goneAt(n, { isAfter: ends % 2 === 0 });
    const next = release(`v2-${n}`);
    const from = await source(next.name);
    const all = async (way = driver()) => {
      await way.stage(next, from, act());
      await way.activate(next, act());
      await way.settle(act());
    };
    await all(driver({ http: cut.http(openHttp()) })).catch(() => undefined);
    expect([release("v1"), next], `gone at ${n}`).toContainEqual(await driver().current(act()));
    await all();
    expect(await driver().current(act()), `gone at ${n}`).toEqual(next);
    await driver().activate(release("v1"), act());
    await driver().settle(act());
    expect(await driver().current(act()), `back at ${n}`).toEqual(release("v1"));
    ends++;
    if (!cut.isGone()) break;
  }
  await visitor.stop();
  expect(ends).toBeGreaterThan(5);
  expect(visitor.broken).toEqual([]);
  const ids = (await s3.keys(bucket)).flatMap((key) => key.match(/releases\/[^/]+/g) ?? []);
  expect(new Set(ids).size).toBe(3);
});

/** What everybody is told of an object. */
async function get(name: string) {
  const response = await fetch(base + encodeURIComponent(name).replaceAll("%2F", "/"));
  const { headers } = response;
  return [await response.text(), headers.get("content-type"), headers.get("cache-control")];
}

test("types, cache headers and odd names arrive; other objects of the bucket stay", async () => {
  const odd = {
    'a b/it\'s "x"+%.html': "1",
    "-rf.txt": "2",
    "new\nline.txt": "3",
    "größe.txt": "4",
  };
  await s3.ask("PUT", `/${bucket}/theirs.txt`, { body: "theirs" });
  await deploy("v1", { ...odd, "main.1a2b3c4d.mjs": "5" });
  expect(await get("main.1a2b3c4d.mjs")).toEqual([
    "5",
    "text/javascript; charset=utf-8",
    "public, max-age=31536000, immutable",
  ]);
  for (const [name, content] of Object.entries(odd)) expect((await get(name))[0]).toBe(content);
  expect(await get('a b/it\'s "x"+%.html')).toEqual(["1", "text/html; charset=utf-8", "no-cache"]);
  await driver().retire(undefined, act());
  expect(await s3.keys(bucket)).toEqual(["theirs.txt"]);
});

test("only what changed is sent, and what only an older release had goes when it is accepted", async () => {
  await deploy("v1", { "old.html": "old", "x.1a2b3c4d.js": "x" });
  await driver().settle(act());
  const puts: string[] = [];
  const http = openHttp();
  const counting = driver({
    http: {
      send: (request) => {
        if (request.method === "PUT") puts.push(new URL(request.url).pathname);
        return http.send(request);
      },
    },
  });
  await counting.stage(release("v2"), await source("v2", { "x.1a2b3c4d.js": "x" }), act());
  expect(puts.filter((each) => /vendor|x\.1a2b3c4d/.test(each))).toEqual([]);
  const before = puts.length;
  await counting.stage(release("v2"), await source("v2", { "x.1a2b3c4d.js": "x" }), act());
  expect(puts.slice(before).filter((each) => !each.endsWith(".json"))).toEqual([]);
  await counting.activate(release("v2"), act());
  expect((await fetch(`${base}old.html`)).status).toBe(200);
  await driver().settle(act());
  expect((await fetch(`${base}old.html`)).status).toBe(404);
  await driver().activate(release("v1"), act());
  expect((await fetch(`${base}old.html`)).status).toBe(200);
});

test("a release whose document has not changed is still told apart", async () => {
  const same = { "index.html": "<!doctype html>\n<title>same</title>\n" };
  await deploy("v1", same);
  await deploy("v2", same);
  expect(await driver().current(act())).toEqual(release("v2"));
  await driver().activate(release("v1"), act());
  expect(await driver().current(act())).toEqual(release("v1"));
});

test("the same release, built anew, leaves nothing of the build before once it is accepted", async () => {
  await deploy("v1");
  for (const build of ["1", "2"]) {
    const from = await makeSite(join(folder, "sources", `build-${build}`), `v1 ${build}`, {
      "version.json": '{"version":"v1"}',
      [`page-${build}.html`]: build,
    });
    await driver().stage(release("v1"), from, act());
    await driver().activate(release("v1"), act());
  }
  const scripts = async () => (await s3.keys(bucket)).filter((key) => /app\.|page-/.test(key));
  expect((await scripts()).length).toBeGreaterThan(3);
  await driver().settle(act());
  expect(await scripts()).toHaveLength(3);
  await driver().retire(undefined, act());
  expect(await s3.keys(bucket)).toEqual([]);
});

test("an object that was there before is not overwritten, unless it is said", async () => {
  await s3.ask("PUT", `/${bucket}/index.html`, { body: "theirs" });
  await expect(deploy("v1")).rejects.toMatchObject({
    failure: { code: "not-ours", what: expect.stringContaining("index.html") },
  });
  expect(await (await fetch(`${base}index.html`)).text()).toBe("theirs");
  await driver({ more: { adopt: true } }).stage(release("v1"), await source("v1"), act());
  await driver().activate(release("v1"), act());
  expect(await driver().current(act())).toEqual(release("v1"));
});

test("two sites share a bucket under prefixes of their own", async () => {
  const verify = { none: "this one is asked for below" };
  for (const name of ["a", "b"]) {
    const way = driver({ more: { prefix: `${name}/` }, options: { verify } });
    await way.stage(release(name), await source(name), act());
    await way.activate(release(name), act());
    expect(await (await fetch(`${base}${name}/version.json`)).json()).toEqual({ version: name });
  }
  await driver({ more: { prefix: "a/" }, options: { verify } }).retire(undefined, act());
  expect((await s3.keys(bucket)).filter((key) => !key.startsWith("b/"))).toEqual([]);
});

test("what somebody changed by hand is said, and mended", async () => {
  await deploy("v1");
  await s3.ask("PUT", `/${bucket}/index.html`, { body: "by hand" });
  const said: string[] = [];
  expect(await driver().current(staticAct(said))).toEqual(release("v1"));
  expect(said.join()).toContain("index.html is not the release's");
  await driver().activate(release("v1"), act());
  expect(await (await fetch(server.url)).text()).toContain("<title>v1");
});

test.each([
  ["a wrong key", { secret_key: "wrong" }, "storage-refused", "SignatureDoesNotMatch"],
  ["no such bucket", { name: "nobody-made-this" }, "no-bucket", "NoSuchBucket"],
])("%s is told in the storage's words", async (_, more, code, words) => {
  await expect(
    driver({ more }).stage(release("v1"), await source("v1"), act()),
  ).rejects.toMatchObject({ failure: { code, what: expect.stringContaining(words) } });
});

test("a listing that comes in many answers is told whole", async () => {
  const http = openHttp();
  let pages = 0;
  // As a storage would that gives three at a time.
  const three: Http = {
    send: (request) => {
      if (!request.url.includes("list-type=2")) return http.send(request);
      pages++;
      const url = `${request.url}&max-keys=3`;
      const { accessKey, secretKey } = s3;
      const signer = { accessKey, secretKey, region: "us-east-1", service: "s3" };
      const signing = { method: "GET", url, headers: [], bodySha256: sha256(""), at: Date.now() };
      return http.send({ ...request, url, headers: signed(signing, signer) });
    },
  };
  await driver({ http: three }).stage(release("v1"), await source("v1"), act());
  await driver({ http: three }).ready(release("v1"), act());
  expect(pages).toBeGreaterThan(6);
  await driver({ http: three }).retire(undefined, act());
  expect(await s3.keys(bucket)).toEqual([]);
});
