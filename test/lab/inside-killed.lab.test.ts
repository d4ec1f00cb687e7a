import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runKilled } from "../rig/killed.ts";
import { makeProject } from "../rig/project.ts";
import { killsHere, pointsHere } from "../rig/third.ts";

const NAME = "h8killed";
const docker = (...args: readonly string[]) =>
  execFileSync("docker", [...args], { encoding: "utf8" });
const inWeb = (script: string) => docker("exec", `${NAME}-web`, "sh", "-c", script);

beforeAll(() => {
  const labels = [`project=${NAME}`, "service=web", "oneoff=False"].flatMap((label) => [
    "--label",
    `com.docker.compose.${label}`,
  ]);
  const sleeps = "trap 'exit 0' TERM; while :; do sleep 1; done";
  docker(
    "run",
    "-d",
    "--name",
    `${NAME}-web`,
    ...labels,
    "-v",
    `${NAME}:/data`,
    "lab/busybox:1",
    "sh",
    "-c",
    sleeps,
  );
});
afterAll(() => {
  docker("rm", "-f", `${NAME}-web`);
  docker("volume", "rm", NAME);
});

const YAML = `version: 1
project: ${NAME}
targets:
  stack: { driver: compose, name: ${NAME} }
environments:
  lab: { targets: [stack] }
plans:
  work:
    steps:
      - id: seed
        command: [sh, -c, "echo seed >> /data/done; sleep 0.3; echo seeded >> /data/done"]
        in: stack/web
      - id: suite
        tests:
          command: [sh, -c, "echo suite >> /data/done; printf 'TAP version 13\\\\n1..1\\\\nok 1 - sells\\\\n' > /tmp/r.tap; sleep 0.3"]
          in: stack/web
          report: /tmp/r.tap
`;
const ALL = "seed\nseeded\nsuite\n";

/** Before which durable write a run is cut, until it comes through. */
const POINTS = Array.from({ length: 60 }, (_, n) => 1 + 3 * n);

test("however often Seaworthy is killed, what runs inside is started exactly once", async () => {
  const wrong: string[] = [];
  let kills = 0;
  for (const at of pointsHere(POINTS)) {
    inWeb("rm -f /data/done; touch /data/done");
    await using project = makeProject({ "seaworthy.yaml": YAML });
    const first = await runKilled({ folder: project.folder }, ["run", "work"], at);
    if (first.code === 0) break;
    kills++;
    const planned = (await project.seaworthy(["history", "--json"])).out.includes('"id": "1"');
    let last = await project.seaworthy(planned ? ["resume", "1"] : ["run", "work"]);
    if (/never began/.test(last.err)) last = await project.seaworthy(["run", "work"]);
    const isOver = /can't be resumed: it ended/.test(last.err);
    const done = inWeb("cat /data/done");
    if (done !== ALL || !(last.exit === 0 || isOver))
      wrong.push(`cut at ${at}: exit ${last.exit}, ${JSON.stringify(done)} ${last.err}`);
  }

  expect(wrong).toEqual([]);
  expect(kills).toBeGreaterThanOrEqual(killsHere(6));
});
