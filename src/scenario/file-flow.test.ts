import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { played } from "../../test/rig/play-scenario.ts";
import { systemClock } from "../shell/clock.ts";
import { openHttp } from "../shell/http.ts";

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "seaworthy-flow-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A store for one file: takes it as a form, lists it, gives it whole or in part; `spoil` changes what it gives. */
function store(spoil: (bytes: Buffer) => Buffer = (bytes) => bytes): RequestListener {
  let kept = Buffer.alloc(0);
  return (request, response) => {
    if (request.method === "GET" && request.url === "/files") {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify([{ id: 7, bytes: kept.length }]));
    } else if (request.method === "GET") {
      const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
      const [from, to] = [Number(range?.[1] ?? 0), Number(range?.[2] || kept.length - 1)];
      if (range) {
        response.statusCode = 206;
        response.setHeader("content-range", `bytes ${from}-${to}/${kept.length}`);
      }
      response.end(spoil(kept).subarray(from, to + 1));
    } else {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        const body = Buffer.concat(parts);
        const from = body.indexOf("\r\n\r\n") + 4;
        kept = body.subarray(from, body.lastIndexOf("\r\n--"));
        response.statusCode = 201;
        response.end('{"id":7}');
      });
    }
  };
}

const H8 = `scenario: A file comes back as it went
steps:
  - name: Make 10 MB
    make: { file: up.bin, size: 10MB, seed: h8 }
    expect: { bytes: 10000000 }
    capture: { SHA: { sha256: true } }
  - name: Upload
    post: /files
    multipart: { file: { file: up.bin } }
    expect: { status: 201 }
    capture: { ID: { json: $.id } }
  - name: The list shows it
    get: /files
    expect: { status: 200, json: { "$[?@.id == \${ID}].bytes": { first: 10000000 } } }
  - name: Download all of it
    get: /files/\${ID}
    expect: { status: 200, bytes: 10000000, sha256: "\${SHA}" }
  - name: Download the first half
    get: /files/\${ID}
    range: { first: 5MB }
    download: first.bin
    expect: { status: 206, bytes: 5000000, header: { content-range: bytes 0-4999999/10000000 } }
  - name: Download the rest
    get: /files/\${ID}
    range: { from: 5000000 }
    download: rest.bin
    expect: { status: 206, bytes: 5000000 }
  - name: Both halves are the file
    join: { files: [first.bin, rest.bin], into: whole.bin }
    expect: { bytes: 10000000, sha256: "\${SHA}" }
`;

async function play(listener: RequestListener) {
  const url = await serve(listener);
  const scratch = folder();
  const answers = { "env.url": url };
  const made = await played(H8, () => ({}), {
    http: openHttp(),
    clock: systemClock,
    answers,
    scratch,
  });
  return { ...made, scratch };
}

test("a file is made, uploaded, listed, downloaded whole and in halves, joined, and is the same", async () => {
  const { verdict, scratch, said } = await play(store());
  expect(verdict.failure?.what).toBeUndefined();
  expect(verdict).toMatchObject({ outcome: "passed", summary: "7 of 7 steps" });
  expect(verdict.counts).toMatchObject({ requests: 5, checks: 16 });
  expect(verdict.counts.bytes).toBeGreaterThan(20_000_000);
  expect(readdirSync(scratch).toSorted()).toEqual(["first.bin", "rest.bin", "up.bin", "whole.bin"]);
  expect(said[0]).toMatch(/^1\/7 Make 10 MB: in .* up\.bin 10 MB SHA [0-9a-f]{64}$/);
});

test("one byte that is wrong in one half is found", async () => {
  const { verdict } = await play(
    store((bytes) => {
      const wrong = Buffer.from(bytes);
      wrong[7_000_000] = (wrong[7_000_000] ?? 0) ^ 1;
      return wrong;
    }),
  );
  expect(verdict.outcome).toBe("failed");
  expect(verdict.failure?.what).toMatch(/^Step 4 of 7 "Download all of it": sha256 is "/);
});

test("what was never downloaded cannot be joined, and leaves nothing", async () => {
  const scratch = folder();
  const text = "scenario: s\nsteps:\n  - { name: j, join: { files: [a.bin], into: b.bin } }\n";
  const { verdict } = await played(text, () => ({}), { scratch });
  expect(verdict).toMatchObject({
    outcome: "error",
    failure: {
      code: "scratch-no-file",
      what: 'Step 1 of 1 "j": There is no file a.bin: no step made or downloaded it, and none lies beside the scenario.',
    },
  });
  expect(existsSync(join(scratch, "b.bin"))).toBe(false);
});
