/**
 * A stack of five services whose images are built: brought from one release to another, left as it is, and taken back,
 * by `seaworthy run` and by the careful bash script that people write instead. Needs the lab: `npm run lab`.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeVersions } from "../examples/exam-grading/make-versions.ts";
import { laidOut } from "../scripts/pack.ts";
import { interleaved, median, ms, show, timed } from "./rig.ts";

const ROUNDS = 5;
const TAGS = ["v0.9.0", "v1.0.0-rc2"] as const;
const PORTS = { bash: 24_901, seaworthy: 24_902 };
const VALUES = {
  BASE_IMAGE: "lab/node:24",
  NGINX_IMAGE: "lab/nginx:1",
  POSTGRES_IMAGE: "lab/postgres:15",
  REDIS_IMAGE: "lab/redis:7",
  POSTGRES_PASSWORD: "bench-of-a-stack",
  METRICS_TOKEN: "bench-of-a-stack",
};

const SCRIPT = `set -euo pipefail
rm -rf checkout && mkdir checkout
git -C app.git archive "$RELEASE" | tar -x -C checkout
docker compose -p bench-bash -f checkout/compose.yml up --detach --wait --wait-timeout 90 --remove-orphans --no-build
curl --fail --silent --show-error --retry 30 --retry-delay 1 "http://127.0.0.1:$PORT/api/health/" | grep -q "\\"$RELEASE\\""
`;

const target = (port: number): string => `
    driver: compose
    file: compose.yml
    name: bench-seaworthy
    env: { PORT: "${port}", ${Object.entries(VALUES)
      .filter(([name]) => /IMAGE/.test(name))
      .map(([name, value]) => `${name}: "${value}"`)
      .join(", ")} }
    ready: { get: /api/health/, port: ${port}, version: version }
    secrets: [POSTGRES_PASSWORD, METRICS_TOKEN]`;

const PROJECT = `version: 1
project: bench
inputs: { TAG: {} }
secrets:
  POSTGRES_PASSWORD: { env: POSTGRES_PASSWORD }
  METRICS_TOKEN: { env: METRICS_TOKEN }
targets:
  stack:${target(PORTS.seaworthy)}
environments: { here: { url: "http://127.0.0.1:${PORTS.seaworthy}", targets: [stack] } }
plans:
  deploy:
    steps: &steps
      - checkout: { tag: "\${TAG}", repo: app.git }
      - deploy: stack
      - health: { get: /api/health/, identity: { json: $.version } }
  build:
    steps:
      - checkout: { tag: "\${TAG}", repo: app.git }
      - build: stack
  regret:
    steps:
      - checkout: { tag: "\${TAG}", repo: app.git }
      - deploy: stack
      - health: { get: /api/health/, identity: { json: $.version } }
      - command: ["false"]
`.replace(" &steps", "");

using laid = laidOut();
const folder = join(laid.folder, "stack");
mkdirSync(folder);
await makeVersions(join(folder, "app.git"));
writeFileSync(join(folder, "seaworthy.yaml"), PROJECT);
writeFileSync(join(folder, "deploy.sh"), SCRIPT);

function run(argv: readonly [string, ...string[]], more: Readonly<Record<string, string>> = {}) {
  const [program, ...rest] = argv;
  execFileSync(program, rest, {
    cwd: folder,
    env: { ...process.env, ...VALUES, ...more },
    stdio: ["ignore", "ignore", "pipe"],
  });
}

const seaworthy = (plan: string, tag: string): void =>
  run([process.execPath, laid.bin, "run", plan, "--env", "here", `TAG=${tag}`]);
const bash = (tag: string): void =>
  run(["bash", "deploy.sh"], { RELEASE: tag, PORT: String(PORTS.bash) });

function takeDown(): void {
  for (const name of ["bench-bash", "bench-seaworthy"])
    for (const kind of ["container", "volume", "network"] as const) {
      const all = kind === "container" ? ["--all"] : [];
      const listing = [
        "ls",
        "--quiet",
        ...all,
        "--filter",
        `label=com.docker.compose.project=${name}`,
      ];
      const ids = execFileSync("docker", [kind, ...listing], { encoding: "utf8" }).split("\n");
      const force = kind === "network" ? [] : ["--force"];
      const found = ids.filter((id) => id !== "");
      if (found.length > 0)
        execFileSync("docker", [kind, "rm", ...force, ...found], { stdio: "ignore" });
    }
}

/** From the beginning of the way back to the end of the run. */
function rollbackMs(tag: string): number {
  try {
    seaworthy("regret", tag);
  } catch {
    // Exit 4 is what is wanted; the record tells whether it came to that.
  }
  const runs = JSON.parse(
    execFileSync(process.execPath, [laid.bin, "history", "--json"], {
      cwd: folder,
      encoding: "utf8",
    }),
  ) as { runs: readonly { id: string }[] };
  const id = runs.runs.map((each) => Number(each.id)).toSorted((a, b) => b - a)[0];
  const text = readFileSync(join(folder, `.seaworthy/runs/${id}/record.json`), "utf8");
  const record = JSON.parse(text) as {
    exit: number;
    ended_at: string;
    steps: readonly { attempts: readonly { phase: string; started_at: string }[] }[];
  };
  if (record.exit !== 4) throw new Error(`not rolled back: exit ${record.exit}`);
  const began = record.steps
    .flatMap(({ attempts }) => attempts)
    .filter(({ phase }) => phase !== "do")
    .map((attempt) => Date.parse(attempt.started_at));
  return Date.parse(record.ended_at) - Math.min(...began);
}

try {
  takeDown();
  for (const tag of TAGS) {
    seaworthy("build", tag);
    run(
      [
        "bash",
        "-c",
        `rm -rf built && mkdir built && git -C app.git archive ${tag} | tar -x -C built && docker compose -p bench-bash -f built/compose.yml build --quiet`,
      ],
      { RELEASE: tag },
    );
    seaworthy("deploy", tag);
    bash(tag);
  }
  let round = 0;
  const times = interleaved(ROUNDS, {
    bash: () => {
      round += 1;
      return timed(() => bash(TAGS[round % 2] ?? TAGS[0]));
    },
    seaworthy: () => timed(() => seaworthy("deploy", TAGS[round % 2] ?? TAGS[0])),
    bashAgain: () => timed(() => bash(TAGS[round % 2] ?? TAGS[0])),
    seaworthyAgain: () => timed(() => seaworthy("deploy", TAGS[round % 2] ?? TAGS[0])),
    back: () => rollbackMs(TAGS[(round + 1) % 2] ?? TAGS[0]),
  });
  const [ours, theirs] = [median(times.seaworthy), median(times.bash)];
  show({ what: "bash: git archive, compose up --wait, curl", figure: ms(theirs) });
  show({
    what: "seaworthy run deploy, the same five services",
    figure: ms(ours),
    bound: "≤ 1.10 ×, + 1 s",
    isGood: ours <= 1.1 * theirs && ours <= theirs + 1_000,
  });
  show({ what: "bash, once more with nothing changed", figure: ms(median(times.bashAgain)) });
  const again = median(times.seaworthyAgain);
  show({
    what: "seaworthy, once more with nothing changed",
    figure: ms(again),
    bound: "≤ 3 s",
    isGood: again <= 3_000,
  });
  const back = median(times.back);
  show({
    what: "back to the release before, proven",
    figure: ms(back),
    bound: "≤ 30 s",
    isGood: back <= 30_000,
  });
} finally {
  takeDown();
}
