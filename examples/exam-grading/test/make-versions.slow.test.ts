import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type createClient, databasePath, PASSWORD } from "../app/test/rig.ts";
import { makeVersions, VERSIONS } from "../make-versions.ts";
import {
  cleanUp,
  folder,
  git,
  layOutReleases,
  prepare,
  repository,
  seed,
  start,
} from "./releases.ts";

const refs = (at: string): string =>
  execFileSync("git", [`--git-dir=${at}`, "show-ref"], { encoding: "utf8" });

beforeAll(layOutReleases);
afterAll(cleanUp);

const NOTE = {
  page_index: 0,
  x: 0.1,
  y: 0.1,
  w: 0.2,
  h: 0.1,
  type: "COMMENT",
  content: "staging-smoke-test",
};

/** The nine steps of the smoke scenario, as the codes that they answer. */
async function grade({ send, login }: ReturnType<typeof createClient>, body?: unknown) {
  const codes: number[] = [];
  const step = async (...request: Parameters<typeof send>) => {
    const answer = await send(...request);
    codes.push(answer.status);
    return answer;
  };
  codes.push((await login("prof1")).status);
  const exam = (await step("GET", "/api/exams/")).json.results[0].id;
  const copies = (await step("GET", `/api/exams/${exam}/copies/`)).json.results;
  const copy = copies.find((each: { status: string }) => each.status === "READY").id;
  const at = `/api/grading/copies/${copy}`;
  const headers = { "x-lock-token": String((await step("POST", `${at}/lock/`)).json.token) };
  await step("POST", `${at}/annotations/`, { json: NOTE, headers });
  await step("GET", `${at}/annotations/`);
  const final = await step("POST", `${at}/finalize/`, {
    headers,
    ...(body === undefined ? {} : { json: body }),
  });
  const pdf = await step("GET", `${at}/final-pdf/`);
  await step("DELETE", `${at}/lock/release/`, { headers });
  return {
    codes,
    copy,
    exam,
    final: final.json,
    pdf: Buffer.from(pdf.bytes).toString("latin1", 0, 5),
  };
}

test("the same sources make the same commits, whoever makes them", async () => {
  const again = join(folder, "again.git");
  const home = process.env["HOME"];
  process.env["HOME"] = "/nowhere";
  try {
    await makeVersions(again);
  } finally {
    process.env["HOME"] = home;
  }
  expect(refs(again)).toBe(refs(repository));
  expect(git("tag", "--list").split("\n")).toEqual(VERSIONS.map(({ tag }) => tag));
});

test("a folder that holds something is left alone", async () => {
  const full = join(folder, "full");
  mkdirSync(full);
  writeFileSync(join(full, "mine.txt"), "mine");
  await expect(makeVersions(full)).rejects.toThrow("is not empty");
});

test.each(VERSIONS)("$tag is whole, and says of itself what it is", ({ tag }) => {
  expect(git("show", `${tag}:VERSION`)).toBe(tag);
  expect(git("show", `${tag}:CHANGELOG.md`)).toContain(`## ${tag}\n`);
  const checked = execFileSync(process.execPath, ["src/check.ts"], {
    cwd: join(folder, tag),
    encoding: "utf8",
  });
  expect(checked).toContain("pdf-lib loads");
});

test.each(["v0.9.0", "v1.0.0-rc2"])(
  "%s passes its own suite, as far as there is no server",
  (tag) => {
    const told = execFileSync(process.execPath, ["--test", "suite/*.suite.ts"], {
      cwd: join(folder, tag),
      env: { PATH: process.env["PATH"], TMPDIR: folder },
      encoding: "utf8",
    });
    expect(told).toMatch(/pass 1\d\n.*fail 0\n/);
  },
);

test.each(["v0.9.0", "v1.0.0-rc2"])("%s grades a copy from login to PDF", async (tag) => {
  await using app = await start(tag, prepare(tag));
  expect((await app.client.send("GET", "/api/health/")).json).toMatchObject({
    status: "ok",
    version: tag,
  });
  expect(await grade(app.client)).toMatchObject({
    codes: [200, 200, 200, 201, 201, 200, 200, 200, 404],
    pdf: "%PDF-",
  });
});

test("v1.0.0-rc1 does everything but the PDF, and only its log says so", async () => {
  await using app = await start("v1.0.0-rc1", prepare("v1.0.0-rc1"));
  expect((await app.client.send("GET", "/api/health/")).json).toMatchObject({
    status: "ok",
    version: "v1.0.0-rc1",
  });
  const { codes, final, copy } = await grade(app.client);
  expect([codes, final.status]).toEqual([[200, 200, 200, 201, 201, 200, 200, 404, 404], "GRADED"]);
  await app.seen("pdf-failed");
  expect((await app.client.send("GET", `/api/grading/copies/${copy}/final-pdf/`)).status).toBe(404);
});

test("v1.0.0-rc2 keeps a score, and v0.9.0 works on beside it on the same data", async () => {
  const data = prepare("v1.0.0-rc2");
  await using before = await start("v0.9.0", data);
  await using after = await start("v1.0.0-rc2", data);
  expect((await before.client.send("GET", "/api/health/")).status).toBe(200);
  const { copy, exam, final } = await grade(after.client, { score: 14.5 });
  expect(final.score).toBe(14.5);
  const { results } = (await after.client.send("GET", `/api/exams/${exam}/copies/`)).json;
  expect(results.find((each: { id: string }) => each.id === copy)).toMatchObject({
    status: "GRADED",
    score: 14.5,
  });
  expect((await grade(before.client)).pdf).toBe("%PDF-");
});

async function lock({ send }: ReturnType<typeof createClient>, { id }: { id: string }) {
  return (await send("POST", `/api/grading/copies/${id}/lock/`)).status;
}

test("when two professors lock the same copies through two processes, each copy has one holder", async () => {
  const data = prepare("v0.9.0");
  {
    using db = new DatabaseSync(databasePath(data));
    db.exec("INSERT INTO users SELECT 'second', 'prof2', password_hash, 0 FROM users");
  }
  await using one = await start("v0.9.0", data);
  await using two = await start("v0.9.0", data);
  await one.client.login("prof1");
  await two.client.login("prof2");
  const exam = (await one.client.send("GET", "/api/exams/")).json.results[0].id;
  const copies = (await one.client.send("GET", `/api/exams/${exam}/copies/`)).json.results;
  const races = copies.map((copy: { id: string }) =>
    Promise.all([lock(one.client, copy), lock(two.client, copy)]),
  );
  const results: number[][] = await Promise.all(races);
  expect(results).toHaveLength(12);
  for (const pair of results) expect(pair.toSorted((a, b) => a - b)).toEqual([201, 409]);
});

test("v1.0.0-rc2 does not call itself healthy on the data of v0.9.0", async () => {
  await using app = await start("v1.0.0-rc2", prepare("v0.9.0"));
  expect(await app.client.send("GET", "/api/health/")).toMatchObject({
    status: 503,
    json: { pending: ["0002_score"] },
  });
});

test("seeding a second time does nothing", () => {
  const data = prepare("v0.9.0");
  expect(seed("v0.9.0", data)).toBe("Nothing to do: everything is there.\n");
});

test("unlocking takes locks away, and puts graded copies back only when asked to", async () => {
  const data = prepare("v0.9.0");
  await using app = await start("v0.9.0", data);
  const { copy, exam } = await grade(app.client);
  const copies = async (): Promise<{ id: string; status: string }[]> =>
    (await app.client.send("GET", `/api/exams/${exam}/copies/`)).json.results;
  const status = async (id: string) => (await copies()).find((each) => each.id === id)?.status;
  const other = (await copies()).find((each) => each.status === "READY")?.id ?? "";
  await app.client.send("POST", `/api/grading/copies/${other}/lock/`);
  const unlock = (...argv: readonly string[]): string =>
    execFileSync(process.execPath, ["src/unlock.ts", ...argv], {
      cwd: join(folder, "v0.9.0"),
      env: { ...process.env, DATA: data },
      encoding: "utf8",
    });
  expect(unlock()).toBe("1 locks taken away, 0 graded copies put back to READY.\n");
  expect([await status(other), await status(copy)]).toEqual(["READY", "GRADED"]);
  expect(unlock("--reset")).toBe("0 locks taken away, 1 graded copies put back to READY.\n");
  expect(await status(copy)).toBe("READY");
});

test("a stopping release finishes the request that it has begun, then ends with 0", async () => {
  const app = await start("v0.9.0", prepare("v0.9.0"));
  const body = JSON.stringify({ username: "prof1", password: PASSWORD });
  const socket = createConnection(app.port, "127.0.0.1");
  socket.write(
    `POST /api/login/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
  );
  socket.write(body.slice(0, 5));
  // The answer to a request on another connection shows that the server has read what came before it.
  await app.client.send("GET", "/api/health/");
  const stopped = app.stop();
  await app.seen("stopping");
  socket.write(body.slice(5));
  let answer = "";
  for await (const chunk of socket) answer += String(chunk);
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK[^]*\r\nconnection: close\r\n/i);
  expect(await stopped).toBe(0);
});
