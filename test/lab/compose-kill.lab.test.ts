import { execFileSync } from "node:child_process";
import { afterAll, describe, expect, test } from "vitest";
import { type Ended, runCounted, runKilled } from "../rig/killed.ts";
import { randomFrom } from "../rig/random.ts";
import { killsHere, pointsHere } from "../rig/third.ts";
import { type KillingClient, killingClient, WHEN } from "./rig/killed-at-client.ts";
import { type LightStack, openLightStack } from "./rig/light-stack.ts";

/** Two at a time: one waits for the engine while the other one works. */
const LANES = [
  { name: "w1left", port: 25_001 },
  { name: "w1right", port: 25_002 },
];
/** Of each means, in each story; what is resumed is killed again. */
const POINTS = 10;

/** Something that is deployed, and what is to come of it. */
interface Variety {
  /** Its tags begin with this. */
  readonly name: string;
  readonly check: "true" | "false";
  /** How often each act is to happen. */
  readonly acts: Readonly<Record<string, number>>;
}

interface Story {
  readonly name: string;
  readonly exit: number;
  /** Which part of the whole run is cut into: from this share of it on. */
  readonly from: number;
  readonly varieties: readonly Variety[];
}

const STORIES: readonly Story[] = [
  {
    name: "a deploy",
    exit: 0,
    from: 0,
    varieties: [{ name: "good", check: "true", acts: { first: 1, third: 1, "undo-first": 0 } }],
  },
  {
    // A release that was proven and then found unfit, and one whose worker never stays up.
    name: "a rollback",
    exit: 4,
    from: 0.5,
    varieties: [
      { name: "unfit", check: "false", acts: { first: 1, third: 1, "undo-first": 1 } },
      { name: "ill", check: "true", acts: { first: 1, third: 0, "undo-first": 1 } },
    ],
  },
];

/** Seaworthy is killed before its N-th durable write, or when it starts its N-th docker client. */
type Means = "write" | "docker";

interface Point {
  readonly means: Means;
  readonly variety: Variety;
  readonly tag: string;
  /** How far into the run, 0 to 1. */
  readonly share: number;
  readonly seed: number;
}

const MEANS: readonly Means[] = ["write", "docker"];

/** Spread evenly over that part of the run, for each means and each variety. */
function pointsOf({ varieties, from }: Story): readonly Point[] {
  const each = POINTS / varieties.length;
  return MEANS.flatMap((means) =>
    varieties.flatMap((variety) =>
      Array.from({ length: each }, (_, n): Point => ({
        means,
        variety,
        tag: `${variety.name}-${means}-${n}`,
        share: from + ((n + 0.5) / each) * (1 - from),
        seed: n + 100 * MEANS.indexOf(means),
      })),
    ),
  );
}

/** For the runs that nobody kills. */
const wholeTag = ({ name }: Variety) => `${name}-whole`;

/** One stack on which one point after the other is tried. */
interface Lane {
  readonly stack: LightStack;
  readonly docker: KillingClient;
  /** How many there are in a whole run with it. */
  readonly count: ReadonlyMap<Variety, Readonly<Record<Means, number>>>;
  serves: string;
}

/** How many times Seaworthy was really killed, in all. */
const kills = { all: 0 };

async function withLane(
  where: (typeof LANES)[number],
  story: Story,
  act: (lane: Lane) => Promise<void>,
): Promise<void> {
  const tags = [...pointsOf(story).map(({ tag }) => tag), ...story.varieties.map(wholeTag)];
  await using stack = await openLightStack(where.name, where.port, ["first", ...tags]);
  const docker = killingClient(stack.folder, "docker");
  const first = await stack.seaworthy(stack.deploy("first"));
  if (first.exit !== 0) throw new Error(`the first deploy: ${first.err}${first.out}`);
  const count = new Map<Variety, Readonly<Record<Means, number>>>();
  let serves = "first";
  for (const variety of story.varieties) {
    const tag = wholeTag(variety);
    docker.forget();
    const whole = await runCounted(docker.place, stack.deploy(tag, variety.check));
    count.set(variety, { write: whole.writes, docker: docker.calls() });
    if (story.exit === 0) serves = tag;
    expect([whole.code, await stack.notWhole(serves)], whole.output).toEqual([story.exit, []]);
  }
  await act({ stack, docker, count, serves });
}

/** Deploys, kills that and what resumes it, and judges from outside what came of it. */
async function tell(story: Story, lane: Lane, point: Point): Promise<readonly string[]> {
  const { stack } = lane;
  const { means: by, variety, tag, share } = point;
  const count = lane.count.get(variety) ?? { write: 0, docker: 0 };
  const random = randomFrom(point.seed);
  const before = stack.counted();
  const newest = Number((await runsOf(stack)).at(-1)?.id);
  const deploy = stack.deploy(tag, variety.check);
  const at = Math.ceil(share * count[by]);
  let ended = await killedAt(lane, deploy, { means: by, at, random });
  const path = [`${by} ${at}`];
  for (let again = 1; again <= 6 && isKilled(ended); again += 1) {
    kills.all += 1;
    const run = (await runsOf(stack)).find(
      (each) => Number(each.id) > newest && each.words !== NEVER,
    );
    if (run?.is === "ended") {
      // Between the end of the run and the end of its lock: there is nothing to resume.
      ended = { ...ended, code: run.exit ?? null, signal: null };
      break;
    }
    const words = run === undefined ? deploy : ["resume", run.id];
    const means = MEANS[random.below(2)] ?? "write";
    const next = 1 + random.below(Math.ceil(count[means] / 4));
    path.push(`${words.slice(0, 2).join(" ")}${again < 3 ? ` ${means} ${next}` : ""}`);
    ended =
      again < 3
        ? await killedAt(lane, words, { means, at: next, random })
        : await runKilled(stack, words);
  }
  if (story.exit === 0) lane.serves = tag;
  const wrong = [
    ...(ended.code === story.exit ? [] : [`exit ${ended.code}: ${ended.output.slice(-3_000)}`]),
    ...(await stack.notWhole(lane.serves)),
    ...miscounted(before, stack.counted(), variety.acts),
  ];
  if (wrong.length > 0) await repair(lane);
  return wrong.map((each) => `${tag} cut at ${path.join(", ")}: ${each}`);
}

const NEVER = "never began";

interface Run {
  readonly id: string;
  readonly is: string;
  readonly words: string;
  readonly exit?: number;
}

/** The newest ones, the oldest of them first. */
async function runsOf(stack: LightStack): Promise<readonly Run[]> {
  const { out } = await stack.seaworthy(["history", "--json"]);
  const { runs } = JSON.parse(out) as { readonly runs: readonly Run[] };
  return runs.toSorted((a, b) => Number(a.id) - Number(b.id));
}

function killedAt(
  { stack, docker }: Lane,
  words: readonly string[],
  { means, at, random }: { means: Means; at: number; random: ReturnType<typeof randomFrom> },
): Promise<Ended> {
  if (means === "write") return runKilled(stack, words, at);
  return docker.runKilled(words, { call: at, when: WHEN[random.below(WHEN.length)] ?? "before" });
}

function isKilled({ code, signal }: Ended): boolean {
  return signal === "SIGKILL" || code === 137;
}

function miscounted(
  before: Readonly<Record<string, number>>,
  now: Readonly<Record<string, number>>,
  wanted: Readonly<Record<string, number>>,
): readonly string[] {
  return Object.entries(wanted).flatMap(([name, times]) => {
    const done = (now[name] ?? 0) - (before[name] ?? 0);
    return done === times ? [] : [`${name} was done ${done} times`];
  });
}

/** What is told next shall not suffer from what went wrong. */
async function repair(lane: Lane): Promise<void> {
  const run = (await runsOf(lane.stack)).at(-1);
  if (run?.is !== "ended") await lane.stack.seaworthy(["cancel"]);
  const { exit, err, out } = await lane.stack.seaworthy(lane.stack.deploy("first"));
  if (exit !== 0) throw new Error(`can't be repaired: ${err}${out}`);
  lane.serves = "first";
}

// It must not be left out silently.
test("there is strace to kill with", () => {
  execFileSync("strace", ["-V"], { stdio: "ignore" });
});

describe.each(STORIES)("$name on the engine, killed with kill -9", (story) => {
  test("ends with one release whole, wherever it is cut", { timeout: 1_800_000 }, async () => {
    const left = [...pointsHere(pointsOf(story))];
    const wrong: string[] = [];
    const killsBefore = kills.all;
    await Promise.all(
      LANES.map((where) =>
        withLane(where, story, async (lane) => {
          for (let point = left.shift(); point !== undefined; point = left.shift())
            wrong.push(...(await tell(story, lane, point)));
        }),
      ),
    );
    expect(wrong).toEqual([]);
    // A fault that never fires proves nothing.
    expect(kills.all - killsBefore).toBeGreaterThanOrEqual(killsHere(36));
  });
});

afterAll(() => {
  process.stderr.write(`kill -9: ${kills.all} times\n`);
});
