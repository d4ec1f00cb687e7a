import { createHash } from "node:crypto";
import { createReadStream, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeVersions, VERSIONS } from "../../examples/exam-grading/make-versions.ts";
import { visitor } from "../../src/demo/visitor.ts";
import { findsForms } from "../../src/lib/mask-scan.ts";
import { recordSchema } from "../../src/report/record-schema.ts";
import { letGossip } from "../rig/gossip.ts";
import { CAN_SEE_PROCESSES, commandLines } from "../rig/processes.ts";
import { makeProject, type TestProject } from "../rig/project.ts";
import { setSail, type Landed } from "../rig/sailing.ts";
import { freePort } from "../rig/shop.ts";

const example = (name: string) =>
  readFileSync(new URL(`../../examples/exam-grading/${name}`, import.meta.url), "utf8");

/** Given; every character that some encoder treats in its own way is in it. The other one is made. */
const SMOKE_PASS = `ebb & "flow" '$9/h' é+%=`;
const LEGS = [
  { tag: "v0.9.0", exit: 0 },
  { tag: "v1.0.0-rc1", exit: 4 },
  { tag: "v1.0.0-rc2", exit: 0 },
] as const;

let project: TestProject;
const landed: Landed[] = [];
const argvs = new Set<string>();
let visits: Awaited<ReturnType<ReturnType<typeof visitor>["end"]>>;

beforeAll(async () => {
  const port = await freePort();
  project = makeProject({
    "seaworthy.yaml": example("seaworthy.yaml").replaceAll("8088", String(port)),
    "smoke.scenario.yaml": example("smoke.scenario.yaml"),
  });
  const repository = path.join(project.folder, "app.git");
  await makeVersions(repository);
  letGossip(
    repository,
    VERSIONS.map(({ tag }) => tag),
  );
  const client = visitor(`http://127.0.0.1:${port}/api/health/`);
  const look = setInterval(() => {
    if (CAN_SEE_PROCESSES) for (const line of commandLines()) argvs.add(line);
  }, 5);
  for (const { tag } of LEGS) {
    await using run = setSail(project.folder, ["run", "deploy", `TAG=${tag}`], { SMOKE_PASS });
    landed.push(await run.ended);
    client.begin();
  }
  clearInterval(look);
  visits = await client.end();
});
afterAll(() => project[Symbol.asyncDispose]());

const inRun = (run: number, ...more: string[]) =>
  path.join(project.folder, ".seaworthy/runs", String(run), ...more);

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

const made = () => readFileSync(path.join(project.folder, ".seaworthy/secrets/METRICS_TOKEN"));

async function holding(files: readonly string[]): Promise<readonly string[]> {
  const finder = findsForms([SMOKE_PASS, made().toString().trim()]);
  const found: string[] = [];
  for (const file of files) if (await finder.inChunks(createReadStream(file))) found.push(file);
  return found;
}

describe("an application that prints its secrets in many forms, deployed three times", () => {
  test.each(LEGS.map((leg, index) => ({ ...leg, run: index + 1 })))(
    "$tag ends with exit $exit",
    ({ run, exit }) => {
      const ended = landed[run - 1];
      expect(ended?.exit, ended?.err).toBe(exit);
    },
  );

  test("really printed them, where they are masked now", () => {
    const gossip = filesBelow(path.join(project.folder, ".seaworthy")).filter((file) =>
      readFileSync(file).includes("gossip ***"),
    );
    const names = gossip.map((file) => path.basename(file)).join(" ");
    expect(names).toContain("seed.log");
    expect(names).toContain("logs_full.log");
    expect(
      gossip.some((file) => file.includes("/targets/")),
      names,
    ).toBe(true);
  });

  test("leaves none of them in any stored byte, but in the folder of made secrets", async () => {
    const secrets = path.join(project.folder, ".seaworthy/secrets");
    const files = filesBelow(project.folder);
    expect(files.length).toBeGreaterThan(100);
    expect(await holding(filesBelow(secrets))).toEqual([path.join(secrets, "METRICS_TOKEN")]);
    expect(await holding(files.filter((file) => !file.startsWith(secrets)))).toEqual([]);
  });

  test("shows none of them to whoever follows the run", () => {
    const finder = findsForms([SMOKE_PASS, made().toString().trim()]);
    for (const { out, err } of landed) expect(finder.in(Buffer.from(out + err))).toBe(false);
  });

  test.runIf(CAN_SEE_PROCESSES)("shows none of them among the arguments of any process", () => {
    const finder = findsForms([SMOKE_PASS, made().toString().trim()]);
    const words = [...argvs].join("\n");
    for (const started of ["keeper", "seed.ts", "server.ts", "front-door", "git"])
      expect(words).toContain(started);
    expect([...argvs].filter((line) => finder.in(Buffer.from(line)))).toEqual([]);
  });

  test("leaves the artifacts that the team knows under their names", () => {
    const step = ["git_fetch.log", "git_checkout.log", "build.log", "up.log", "ps_final.log"];
    const smoke =
      "login.json exams.json copies.json lock.txt annotation_post.txt annotations_get.json finalize.txt pdf_head.txt unlock.txt cookies.txt".split(
        " ",
      );
    const files = ["deploy.log", "record.json", "summary.html", "manifest.json"];
    const whole = [...step, ...smoke, ...files, "health_api.log"];
    expect(readdirSync(inRun(1))).toEqual(expect.arrayContaining(whole));
    expect(readdirSync(inRun(3))).toEqual(expect.arrayContaining(whole));
    const back = [...step, ...files, "health_api.log", "logs_full.log", "rollback_down.log"];
    expect(readdirSync(inRun(2))).toEqual(expect.arrayContaining([...back, "finalize.txt"]));
  });

  test.each([1, 2, 3])("run %i has a record of the promised shape", (run) => {
    const record: unknown = JSON.parse(readFileSync(inRun(run, "record.json"), "utf8"));
    expect(recordSchema.strict().safeParse(record).error).toBeUndefined();
    const status = { 1: "success", 2: "rolled_back", 3: "success" }[run];
    expect(record).toMatchObject({ status, exit: LEGS[run - 1]?.exit, services_deployed: ["web"] });
  });

  test.each([1, 2, 3])("run %i has a manifest that tells the truth about every file", (run) => {
    const { artifacts } = JSON.parse(readFileSync(inRun(run, "manifest.json"), "utf8")) as {
      artifacts: { name: string; sha256: string; bytes: number }[];
    };
    const there = filesBelow(inRun(run))
      .map((file) => path.relative(inRun(run), file))
      .filter((name) => name !== "manifest.json" && !name.startsWith("."));
    expect(artifacts.map(({ name }) => name).toSorted()).toEqual(there.toSorted());
    const digests = artifacts.map(({ name }) => {
      const content = readFileSync(inRun(run, name));
      const sha256 = createHash("sha256").update(content).digest("hex");
      return { name, sha256, bytes: content.length };
    });
    expect(artifacts.map(({ name, sha256, bytes }) => ({ name, sha256, bytes }))).toEqual(digests);
  });

  test("loses no request of a visitor meanwhile", () => {
    expect(visits.failed, visits.words).toBe(0);
    expect(visits.words).toMatch(
      /Answered: \d{2,} by v0\.9\.0.* by v1\.0\.0-rc1.* by v1\.0\.0-rc2/,
    );
  });
});
