import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { openHttp } from "../shell/http.ts";
import { curlLine } from "./curl.ts";
import type { CurlOptions } from "./curl.ts";
import type { Built } from "./request.ts";

const get: Built = { method: "GET", url: "http://a.test/x?y=1", headers: [] };
const post: Built = { ...get, method: "POST" };

const cases: readonly (readonly [string, Built, Partial<CurlOptions>, string])[] = [
  ["a plain GET", get, {}, "curl 'http://a.test/x?y=1'"],
  ["HEAD", { ...get, method: "HEAD" }, {}, "curl --head 'http://a.test/x?y=1'"],
  ["POST without a body", post, {}, "curl -X POST 'http://a.test/x?y=1' -H 'content-length: 0'"],
  ["any method", { ...get, method: "MKCOL" }, {}, "curl -X MKCOL 'http://a.test/x?y=1'"],
  [
    "POST with a body",
    { ...post, body: "a=1" },
    {},
    "curl 'http://a.test/x?y=1' --data-binary a=1",
  ],
  [
    "PUT with a body",
    { ...get, method: "PUT", body: "{}" },
    {},
    "curl -X PUT 'http://a.test/x?y=1' --data-binary '{}'",
  ],
  [
    "a body that looks like a file",
    { ...post, body: "@me" },
    {},
    "curl 'http://a.test/x?y=1' --data-raw @me",
  ],
  [
    "a file, called as people call it",
    { ...post, body: { file: "/tmp/up load.bin" } },
    { name: (path) => path.replace("/tmp/", "") },
    "curl 'http://a.test/x?y=1' --data-binary '@up load.bin'",
  ],
  [
    "quotes, line ends and dollars",
    { ...post, body: "it's\n$HOME `id`" },
    {},
    "curl 'http://a.test/x?y=1' --data-binary 'it'\\''s\n$HOME `id`'",
  ],
  [
    "headers, one of them empty",
    {
      ...get,
      headers: [
        ["accept", "*/*"],
        ["x-empty", ""],
      ],
    },
    {},
    "curl 'http://a.test/x?y=1' -H 'accept: */*' -H 'x-empty;'",
  ],
  [
    "credentials, which it does not show",
    {
      ...get,
      headers: [
        ["authorization", "Basic YTpi"],
        ["Cookie", "a=1; b=2"],
      ],
    },
    {},
    "curl 'http://a.test/x?y=1' -H 'authorization: Basic ***' -H 'Cookie: a=***; b=***'",
  ],
  [
    "the jar's cookies, shown on demand",
    get,
    { cookies: "sid=1", showsCredentials: true },
    "curl 'http://a.test/x?y=1' -H 'cookie: sid=1'",
  ],
  [
    "what is hidden, before it is quoted",
    { ...post, url: "http://a.test/?t=hush", body: "it's hush" },
    { hide: (text) => text.replaceAll("hush", "***") },
    "curl 'http://a.test/?t=***' --data-binary 'it'\\''s ***'",
  ],
  [
    "secrets that have names, as variables",
    {
      ...post,
      url: "http://a.test/$t-0pSecret/x",
      headers: [
        ["authorization", "Bearer $t-0pSecret"],
        ["cookie", "sid=$t-0pSecret; a-b=1"],
      ],
      body: 'a `b` "$c" \\ $t-0pSecret_',
    },
    {
      hide: (text) => text.replaceAll("$t-0pSecret", "***"),
      secrets: [{ name: "TOKEN", value: "$t-0pSecret" }],
    },
    [
      'curl "http://a.test/$TOKEN/x"',
      '-H "authorization: Bearer $TOKEN"',
      '-H "cookie: sid=$TOKEN; a-b=$A_B"',
      '--data-binary "a \\`b\\` \\"\\$c\\" \\\\ ${TOKEN}_"',
    ].join(" "),
  ],
  [
    "what stays hidden, and what else must be known",
    { ...get, headers: [["authorization", "Basic YTpi"]] },
    { secrets: [], notes: ["u.bin is gone"] },
    "curl 'http://a.test/x?y=1' -H 'authorization: Basic ***' # u.bin is gone; put in the secret values where *** stands",
  ],
  [
    "a form of parts",
    {
      ...post,
      headers: [["content-type", "multipart/form-data"]],
      body: {
        parts: [
          { name: "note", content: "@home; really" },
          { name: "meta", content: '{"a":"b"}', type: "application/json" },
          {
            name: "up",
            content: { file: "/tmp/a.pdf" },
            filename: 'b".pdf',
            type: "application/pdf",
          },
        ],
      },
    },
    {},
    `curl 'http://a.test/x?y=1' --form-string 'note=@home; really' -F 'meta="{\\"a\\":\\"b\\"}";type=application/json' -F 'up=@/tmp/a.pdf;filename="b\\".pdf";type=application/pdf'`,
  ],
  [
    "brackets, redirects, a deadline and a download",
    { ...get, url: "http://a.test/[1]", download: "half.bin" },
    { follow: true, timeoutMs: 2500 },
    "curl --globoff 'http://a.test/[1]' -L --max-time 2.5 -o half.bin",
  ],
  [
    "certificates, and a server asked under another name",
    { ...get, url: "https://127.0.0.1:8443/", tls: { serverName: "a.test" } },
    { tls: { ca: "ca.pem", certificate: "me.pem", key: "me.key" } },
    "curl --http1.1 https://a.test:8443/ --connect-to ::127.0.0.1:8443 -H 'host: 127.0.0.1:8443' --cacert ca.pem --cert me.pem --key me.key",
  ],
  [
    "a body that no argument can hold",
    { ...post, body: "x".repeat(100_000) },
    {},
    "curl 'http://a.test/x?y=1' --data-binary @- # its body is 100 KB, to be given on stdin",
  ],
];

test.each(cases)("%s", (_, request, options, line) => {
  expect(curlLine(request, { hide: (text) => text, ...options })).toBe(line);
});

function hasCurl(): boolean {
  try {
    execFileSync("curl", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** A server that notes what it is asked; boundaries are called the same, as both sides make their own. */
async function noting() {
  const seen: Seen[] = [];
  const note = async (request: IncomingMessage, response: ServerResponse) => {
    const text = (await buffer(request)).toString("latin1");
    const type = request.headers["content-type"] ?? "";
    const boundary = /boundary=(\S+)/.exec(type)?.[1];
    const { connection: _, expect: __, "content-length": length, ...headers } = request.headers;
    seen.push({
      method: request.method,
      url: request.url,
      headers: {
        ...headers,
        ...(boundary
          ? { "content-type": type.replace(boundary, "BOUNDARY") }
          : { "content-length": length }),
      },
      body: boundary ? text.replaceAll(boundary, "BOUNDARY") : text,
    });
    response.end("answered");
  };
  const server = createServer((request, response) => void note(request, response));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

test.skipIf(!hasCurl())("curl sends what we send", async () => {
  const { url, seen } = await noting();
  const folder = mkdtempSync(join(tmpdir(), "curl-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'it\'s, a "file".bin');
  writeFileSync(file, Buffer.from(Array.from({ length: 256 }, (_, at) => at)));
  const usual = [
    ["accept", "*/*"],
    ["user-agent", "seaworthy"],
  ] as const;
  const octets = ["content-type", "application/octet-stream"] as const;
  const requests: readonly Omit<Built, "url">[] = [
    {
      method: "GET",
      headers: [...usual, ["x-empty", ""], ["x-é".slice(0, 2) + "quote", 'it\'s "so"']],
    },
    { method: "DELETE", headers: [...usual, ["authorization", "Bearer a.b.c"]] },
    {
      method: "POST",
      headers: [...usual, ["content-type", "text/plain"]],
      body: "@$(id) 'x'\n\\ \"é\"",
    },
    { method: "PUT", headers: [...usual, octets], body: { file } },
    { method: "PROPFIND", headers: usual },
    {
      method: "POST",
      headers: usual,
      body: {
        parts: [
          { name: "note", content: '@home; <b>\n"quoted" \\ back' },
          { name: "note", content: "again" },
          { name: "meta", content: '{"a":"\\"b\\";c"}', type: "application/json" },
          {
            name: "up",
            content: { file },
            filename: 'a"b;c.bin',
            type: "application/octet-stream",
          },
        ],
      },
    },
  ];
  const run = promisify(execFile);
  for (const request of requests) {
    const built = { ...request, url: `${url}/a/%5B1%5D?q=[x]&r={y}` };
    await openHttp().send({ ...built, timeoutMs: 10_000, maxBytes: 1_000 });
    const out = join(folder, "out.txt");
    const line = curlLine(
      { ...built, download: out },
      { hide: (text) => text, timeoutMs: 10_000, showsCredentials: true },
    );
    await run("sh", ["-c", line], { cwd: folder, env: { PATH: process.env["PATH"] } });
    expect(readFileSync(out, "utf8")).toBe("answered");
    const [ours, theirs] = seen.splice(0);
    expect(theirs, line).toEqual(ours);
  }
});
