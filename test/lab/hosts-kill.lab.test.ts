import { execFileSync } from "node:child_process";
import { afterAll, describe, expect, test } from "vitest";
import { type Ended, runCounted, runKilled } from "../rig/killed.ts";
import { randomFrom } from "../rig/random.ts";
import { killsHere, pointsHere } from "../rig/third.ts";
import { startHosts } from "./rig/hosts.ts";
import { type HostsShop, openHostsShop } from "./rig/hosts-shop.ts";
import { type KillingClient, killingClient, WHEN } from "./rig/killed-at-client.ts";

/** Two at a time, each with hosts of its own: one waits for its hosts while the other one works. */
const LANES = ["swkl", "swkr"];
const HOSTS = 2;

/** Something that is deployed, and what is to come of it. */
interface Variety {
  /** Its tags begin with this. */
  readonly name: string;
  readonly check: "true" | "false";
}

interface Story {
  readonly name: string;
  readonly exit: number;
  /** Where each means cuts into it; what is resumed is killed again. */
  readonly points: number;
  /** Which part of the whole run is cut into: from this share of it on. */
  readonly from: number;
  readonly varieties: readonly Variety[];
}

const STORIES: readonly Story[] = [
  { name: "a deploy", exit: 0, points: 8, from: 0, varieties: [{ name: "good", check: "true" }] },
  {
    // A release that was proven and then found unfit, and one that does not stay up.
    name: "a rollback",
    exit: 4,
    points: 4,
    from: 0.4,
    varieties: [
      { name: "unfit", check: "false" },
      { name: "ill", check: "true" },
    ],
  },
];

/** Seaworthy is killed before its N-th durable write, or when it starts its N-th ssh process. */
type Means = "write" | "ssh";
const MEANS: readonly Means[] = ["write", "ssh"];

interface Point {
  readonly means: Means;
  readonly variety: Variety;
  readonly tag: string;
  /** How far into the run, 0 to 1. */
  readonly share: number;
  readonly seed: number;
}

/** Spread evenly over that part of the run, for each means and each variety. */
function pointsOf({ varieties, points, from }: Story): readonly Point[] {
  const each = points / varieties.length;
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

interface Lane {
  readonly shop: HostsShop;
  readonly names: readonly string[];
  readonly ssh: KillingClient;
  /** How many there are in a whole run with it. */
  readonly count: ReadonlyMap<Variety, Readonly<Record<Means, number>>>;
  serves: string;
  /** Tags whose migration stays. */
  marks: readonly string[];
}

/** How many times Seaworthy was really killed, in all. */
const kills = { all: 0 };

async function withLane(
  prefix: string,
  story: Story,
  act: (lane: Lane) => Promise<void>,
): Promise<void> {
  const tags = [...pointsOf(story).map(({ tag }) => tag), ...story.varieties.map(wholeTag)];
  await using lab = await startHosts({ prefix, count: HOSTS });
  await using shop = await openHostsShop(lab, ["first", ...tags]);
  const ssh = killingClient(shop.folder, "ssh");
  const first = await shop.seaworthy(shop.deploy("first"));
  if (first.exit !== 0) throw new Error(`the first deploy: ${first.err}${first.out}`);
  const names = lab.hosts.map(({ name }) => name);
  const count = new Map<Variety, Readonly<Record<Means, number>>>();
  const lane: Lane = { shop, names, ssh, count, serves: "first", marks: ["first"] };
  for (const variety of story.varieties) {
    const tag = wholeTag(variety);
    ssh.forget();
    const whole = await runCounted(ssh.place, shop.deploy(tag, variety.check));
    count.set(variety, { write: whole.writes, ssh: ssh.calls() });
    accepted(lane, story, tag);
    expect([whole.code, await shop.notWhole(lane.serves)], whole.output).toEqual([story.exit, []]);
  }
  await act(lane);
}

function accepted(lane: Lane, story: Story, tag: string): void {
  if (story.exit !== 0) return;
  lane.serves = tag;
  lane.marks = [...lane.marks, tag];
}

/** Deploys, kills that and what resumes it, and judges from outside what came of it. */
async function tell(story: Story, lane: Lane, point: Point): Promise<readonly string[]> {
  const { shop } = lane;
  const { means: by, variety, tag, share } = point;
  const count = lane.count.get(variety) ?? { write: 0, ssh: 0 };
  const random = randomFrom(point.seed);
  const newest = Number((await runsOf(shop)).at(-1)?.id);
  const before = await shop.counted();
  const deploy = shop.deploy(tag, variety.check);
  const at = Math.ceil(share * count[by]);
  let ended = await killedAt(lane, deploy, { means: by, at, random });
  const path = [`${by} ${at}`];
  for (let again = 1; again <= 6 && isKilled(ended); again += 1) {
    kills.all += 1;
    const run = (await runsOf(shop)).find(
      (each) => Number(each.id) > newest && each.words !== NEVER,
    );
    if (run?.is === "ended") {
      // Between the end of the run and the end of its lock: there is nothing to resume.
      ended = { ...ended, code: run.exit ?? null, signal: null };
      break;
    }
    const words = run === undefined ? deploy : ["resume", run.id];
    const means = MEANS[random.below(2)] ?? "write";
    const next = 1 + random.below(Math.ceil(count[means] / 3));
    path.push(`${words.slice(0, 2).join(" ")}${again < 4 ? ` ${means} ${next}` : ""}`);
    ended =
      again < 4
        ? await killedAt(lane, words, { means, at: next, random })
        : await runKilled(shop, words);
  }
  const { serves } = lane;
  accepted(lane, story, tag);
  const wrong = [
    ...(ended.code === story.exit ? [] : [`exit ${ended.code}: ${ended.output.slice(-3_000)}`]),
    ...(await shop.notWhole(lane.serves)),
    ...miscounted(before, await shop.counted(), wanted(lane, { story, point, serves })),
    ...(String(await shop.marks()) === String(lane.marks)
      ? []
      : [`the data know ${String(await shop.marks())} instead of ${String(lane.marks)}`]),
  ];
  if (wrong.length > 0) await repair(lane);
  return wrong.map((each) => `${tag} cut at ${path.join(", ")}: ${each}`);
}

/** How often each act is to have happened: once on each host, and what comes back is started once. */
function wanted(
  { names }: Lane,
  { story, point, serves }: { story: Story; point: Point; serves: string },
): Readonly<Record<string, number>> {
  const { tag, variety } = point;
  const [first = ""] = names;
  const isBack = story.exit !== 0;
  const each = names.flatMap((name): readonly (readonly [string, number])[] => [
    [`install ${tag} @${name}`, 1],
    // An ill one is tried on the first host alone, and systemd starts it again and again.
    ...(variety.name === "ill" ? [] : [[`start ${tag} @${name}`, 1] as const]),
    ...(isBack && (variety.name !== "ill" || name === first)
      ? [[`start ${serves} @${name}`, 1] as const]
      : []),
  ]);
  return Object.fromEntries([
    ...each,
    [`migrate ${tag} @${first}`, 1],
    [`undo-migrate ${tag} @${first}`, isBack ? 1 : 0],
  ]);
}

const NEVER = "never began";

interface Run {
  readonly id: string;
  readonly is: string;
  readonly words: string;
  readonly exit?: number;
}

/** The newest ones, the oldest of them first. */
async function runsOf(shop: HostsShop): Promise<readonly Run[]> {
  const { out } = await shop.seaworthy(["history", "--json"]);
  const { runs } = JSON.parse(out) as { readonly runs: readonly Run[] };
  return runs.toSorted((a, b) => Number(a.id) - Number(b.id));
}

function killedAt(
  { shop, ssh }: Lane,
  words: readonly string[],
  { means, at, random }: { means: Means; at: number; random: ReturnType<typeof randomFrom> },
): Promise<Ended> {
  if (means === "write") return runKilled(shop, words, at);
  return ssh.runKilled(words, { call: at, when: WHEN[random.below(WHEN.length)] ?? "before" });
}

function isKilled({ code, signal }: Ended): boolean {
  return signal === "SIGKILL" || code === 137;
}

function miscounted(
  before: Readonly<Record<string, number>>,
  now: Readonly<Record<string, number>>,
  expected: Readonly<Record<string, number>>,
): readonly string[] {
  return Object.entries(expected).flatMap(([name, times]) => {
    const done = (now[name] ?? 0) - (before[name] ?? 0);
    return done === times ? [] : [`${name} was done ${done} times`];
  });
}

/** What is told next shall not suffer from what went wrong. */
async function repair(lane: Lane): Promise<void> {
  const run = (await runsOf(lane.shop)).at(-1);
  if (run?.is !== "ended") await lane.shop.seaworthy(["cancel"]);
  const { exit, err, out } = await lane.shop.seaworthy(lane.shop.deploy("first"));
  if (exit !== 0) throw new Error(`can't be repaired: ${err}${out}`);
  lane.serves = "first";
  lane.marks = await lane.shop.marks();
}

// It must not be left out silently.
test("there is strace to kill with", () => {
  execFileSync("strace", ["-V"], { stdio: "ignore" });
});

describe.each(STORIES)("$name on hosts, killed with kill -9", (story) => {
  test(
    "ends with one release on every host, and nothing done twice, wherever it is cut",
    {
      timeout: 1_200_000,
    },
    async () => {
      const left = [...pointsHere(pointsOf(story))];
      const wrong: string[] = [];
      const killsBefore = kills.all;
      await Promise.all(
        LANES.map((prefix) =>
          withLane(prefix, story, async (lane) => {
            for (let point = left.shift(); point !== undefined; point = left.shift())
              wrong.push(...(await tell(story, lane, point)));
          }),
        ),
      );
      expect(wrong).toEqual([]);
      // A fault that never fires proves nothing.
      expect(kills.all - killsBefore).toBeGreaterThanOrEqual(killsHere(2 * story.points));
    },
  );
});

afterAll(() => {
  process.stderr.write(`kill -9: ${kills.all} times\n`);
});
