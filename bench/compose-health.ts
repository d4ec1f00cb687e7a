/** From the moment a service of a stack answers to knowing it: the driver, and `docker compose up --wait`. Needs the lab: `npm run lab`. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { openComposeTarget, release, webOnly } from "../test/lab/rig/compose-target.ts";
import { median, ms, show } from "./rig.ts";

const ROUNDS = 7;
const PORTS = { ours: 24_911, theirs: 24_912 };
const run = promisify(execFile);

/** When the service first answers with this version, asked every 5 ms. */
async function firstAnswer(url: string, version: string): Promise<number> {
  for (const end = performance.now() + 60_000; performance.now() < end;) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(1_000) }).catch(() => undefined);
    const text = await answer?.text().catch(() => "");
    if (text?.includes(`"${version}"`)) return performance.now();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`${version} never answered at ${url}`);
}

/** A web service that takes its time to start, and whose health the engine asks every 5 s. */
const stackOf = (port: number, round: number) => (image: string) =>
  webOnly(image, port)
    .replace("interval: 20s", "interval: 5s")
    .replace(
      "    restart:",
      `    command: ["sh", "-c", "sleep ${1 + round * 0.37}; exec node /app.cjs"]\n    restart:`,
    );

await using stack = await openComposeTarget({
  name: "benchhealth",
  port: PORTS.ours,
  version: "v2",
});
const driver = stack.driver();
const [ours, theirs]: [number[], number[]] = [[], []];
try {
  for (let round = 0; round < ROUNDS; round += 1) {
    const version = `v${round}`;
    const from = await stack.source(version, stackOf(PORTS.ours, round));
    await driver.stage(release(version), from, stack.act());
    const [answered, known] = await Promise.all([
      firstAnswer(stack.url, version),
      driver.activate(release(version), stack.act()).then(() => performance.now()),
    ]);
    ours.push(known - answered);

    const other = await stack.source(version, stackOf(PORTS.theirs, round));
    const argv = ["compose", "-p", "benchhealth-bash", "-f", `${other}/compose.yaml`];
    const [first, waited] = await Promise.all([
      firstAnswer(`http://127.0.0.1:${PORTS.theirs}`, version),
      run("docker", [...argv, "up", "--detach", "--wait", "--no-build"]).then(() =>
        performance.now(),
      ),
    ]);
    theirs.push(waited - first);
  }
} finally {
  await run("docker", ["rm", "-f", "benchhealth-bash-web-1"]);
  await run("docker", ["network", "rm", "benchhealth-bash_default"]);
}
show({ what: "docker compose up --wait, health asked every 5 s", figure: ms(median(theirs)) });
show({
  what: "driver compose, the same: healthy, and the release says its name",
  figure: ms(median(ours)),
  bound: "≤ 250 ms",
  isGood: median(ours) <= 250,
});
