import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { scripted } from "../../test/rig/grading-app.ts";
import type { Reply } from "../../test/rig/grading-app.ts";
import { listenRaw, redirects } from "../../test/rig/hostile-servers.ts";
import { Fault } from "../model/failure.ts";
import type { HttpRequest } from "../ports/http.ts";
import { openHttp } from "../shell/http.ts";
import { openJar } from "./jar.ts";
import type { Built } from "./request.ts";
import { openScratch } from "./scratch.ts";
import { send } from "./send.ts";
import type { Sending } from "./send.ts";

const get: Built = { method: "GET", url: "http://a.test/0", headers: [] };

function sending(http: Sending["http"], more: Partial<Sending> = {}): Sending {
  return { http, timeoutMs: 5_000, follow: true, signal: new AbortController().signal, ...more };
}

const to = (location: string, status = 302): Reply => ({
  status,
  headers: [["Location", location]],
});

/** Follows one redirect and gives the request that came of it. */
async function second(request: Built, reply: Reply): Promise<HttpRequest | undefined> {
  const http = scripted(({ url }) => (url === request.url ? reply : {}));
  await send(request, sending(http));
  return http.asked[1];
}

function scratch() {
  const folder = mkdtempSync(join(tmpdir(), "send-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return openScratch(folder);
}

async function refusal(act: Promise<unknown>): Promise<string> {
  try {
    return `no refusal: ${JSON.stringify(await act)}`;
  } catch (error) {
    if (error instanceof Fault) return `${error.failure.code}: ${error.failure.what}`;
    throw error;
  }
}

const form: Built = {
  ...get,
  method: "POST",
  headers: [["content-type", "text/plain"]],
  body: "x",
};

test.each([
  [301, "GET", undefined],
  [302, "GET", undefined],
  [303, "GET", undefined],
  [307, "POST", "x"],
  [308, "POST", "x"],
])("after %i a POST is repeated as %s", async (status, method, body) => {
  const next = await second(form, to("/1", status));
  expect([next?.method, next?.body]).toEqual([method, body]);
  expect(next?.headers?.length).toBe(body === undefined ? 0 : 1);
});

const personal: Built = {
  ...get,
  headers: [
    ["Authorization", "Bearer a"],
    ["Cookie", "b=c"],
    ["X-Tenant", "d"],
  ],
  tls: { ca: "CA", certificate: "MINE", key: "KEY", serverName: "a.test" },
};

test("what is meant for one origin alone is not sent to another", async () => {
  const next = await second(personal, to("http://b.test/1"));
  expect(next?.headers).toEqual([["X-Tenant", "d"]]);
  expect(next?.tls).toEqual({ ca: "CA" });
  const same = await second(personal, to("/1"));
  expect(same?.headers).toHaveLength(3);
  expect(same?.tls).toEqual(personal.tls);
});

test("no connection of a client certificate is shared with a request without one", async () => {
  const next = await second(
    { ...get, tls: { certificate: "MINE", key: "KEY" } },
    to("http://b.test/1"),
  );
  expect(next?.tls).toBeUndefined();
});

test.each(["ftp://a.test/", "javascript:alert(1)", "http://", "file:///etc/passwd"])(
  "does not follow to %s",
  async (location) => {
    const http = scripted(() => to(location));
    expect(await send(get, sending(http))).toMatchObject({ status: 302 });
    expect(http.asked).toHaveLength(1);
  },
);

test("without `follow` a redirect is the answer", async () => {
  const http = scripted(() => to("/1"));
  expect(await send(get, sending(http, { follow: false }))).toMatchObject({ status: 302 });
});

function ask(url: string): Promise<string> {
  return refusal(send({ ...get, url: `${url}/` }, sending(openHttp())));
}

test("redirects without an end are an error of their own, over the wire", async () => {
  await using circle = await listenRaw(redirects(false));
  await using chain = await listenRaw(redirects(true));
  expect(await ask(circle.url)).toBe(
    `scenario-redirect-loop: ${circle.url}/ redirects in a circle: after 10 redirects ${circle.url}/ comes again.`,
  );
  expect(await ask(chain.url)).toBe(
    `scenario-redirect-loop: ${chain.url}/ still redirects after 10 redirects, now to ${chain.url}/?n=11.`,
  );
});

test("ten redirects are followed, and each takes and gives cookies", async () => {
  const http = scripted(({ url }) => {
    const at = Number(url.slice(-2).replace("/", ""));
    return at === 10
      ? { body: "there" }
      : {
          ...to(`/${at + 1}`),
          headers: [
            ["Location", `/${at + 1}`],
            ["Set-Cookie", `at=${at}; Path=/`],
          ],
        };
  });
  const answer = await send(get, sending(http, { jar: await openJar() }));
  expect(Buffer.from(answer.body).toString()).toBe("there");
  expect(http.asked).toHaveLength(11);
  expect(http.asked[10]?.headers).toEqual([["cookie", "at=9"]]);
});

test("a download holds the last answer alone, and is there when that is empty", async () => {
  const files = scratch();
  const http = scripted(({ url }) =>
    url.endsWith("0") ? { ...to("/1"), body: "a long page that redirects" } : { body: "end" },
  );
  const asked = { ...get, download: "d.bin" };
  await send(asked, sending(http, { scratch: files }));
  expect(readFileSync(files.find("d.bin"), "utf8")).toBe("end");
  await send(
    asked,
    sending(
      scripted(() => ({})),
      { scratch: files },
    ),
  );
  expect(readFileSync(files.find("d.bin"), "utf8")).toBe("");
});

test("a download that is longer than the most is an error", async () => {
  await using server = await listenRaw(
    (socket) => void socket.end(`HTTP/1.1 200 OK\r\n\r\n${"x".repeat(2_000)}`),
  );
  const asked = { ...get, url: server.url, download: "d.bin", most: 1_999 };
  expect(await refusal(send(asked, sending(openHttp(), { scratch: scratch() })))).toBe(
    `http-too-long: The answer to GET ${server.url} is longer than 1999 bytes.`,
  );
});

test("a download has nowhere to go where there are no working files", async () => {
  expect(await refusal(send({ ...get, download: "d" }, sending(scripted(() => ({})))))).toMatch(
    /^scratch-unwritable: There is no place for the download d\./,
  );
});

test("of a body beyond what is looked at, size and digest are exact all the same", async () => {
  const bytes = 33 * 1_048_576;
  await using server = await listenRaw(
    (socket) =>
      void socket.end(Buffer.concat([Buffer.from("HTTP/1.1 200 OK\r\n\r\n"), Buffer.alloc(bytes)])),
  );
  const answer = await send({ ...get, url: server.url }, sending(openHttp()));
  expect(answer).toMatchObject({
    truncated: true,
    bytes,
    sha256: "c28a8f34a7efbd4cffe424a21e4a6e4d5bfa8b5daccc381f9eb3c1dc5bac689c",
  });
});
