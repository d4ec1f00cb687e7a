import { z } from "zod";
import { eachAtOnce } from "../lib/at-once.ts";
import { Fault, type Failure } from "../model/failure.ts";

const host = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "expected the name of a host");

const rolloutOptions = z.strictObject({
  first: host
    .optional()
    .describe("Host that goes first and alone; when it is refused, no other one is touched."),
  at_once: z
    .union([
      z.int().min(1).max(1_000),
      z.string().regex(/^(?:[1-9]\d?|100)%$/, "expected a number, or a share such as 25%"),
    ])
    .optional()
    .describe("How many hosts at a time: a number, or a share such as 25%. Default: all."),
  on_failure: z
    .enum(["stop", "go on"])
    .default("stop")
    .describe(
      "Whether the hosts that have not begun are left alone once one has failed, or get the release all the same.",
    ),
});

/** What every driver on hosts says of where and how it goes about it. */
export const onHosts = {
  hosts: z
    .array(host)
    .min(1)
    .refine((all) => new Set(all).size === all.length, "names a host twice")
    .optional()
    .describe("Hosts of the environment that it is on. Default: all of them."),
  rollout: rolloutOptions
    .default({ on_failure: "stop" })
    .describe("In which order hosts get a release."),
};

export type Rollout = z.output<typeof rolloutOptions>;

/** An act on several hosts. */
export interface Rolling {
  readonly hosts: readonly string[];
  readonly rollout: Rollout;
  /** What it does, for people: `activate v2`. */
  readonly what: string;
}

/**
 * Does something that changes hosts, in the order and number that the rollout says, and hands back what came of each.
 *
 * A refusal lets those under way end. Then one Fault tells every host's failure, who has it and who was not touched; its code
 * is theirs when they have the same one, else `hosts-failed`. What is no Fault is thrown as it is.
 */
export async function rollOut<Made>(
  rolling: Rolling,
  deed: (host: string) => Promise<Made>,
): Promise<ReadonlyMap<string, Made>> {
  const { hosts, rollout } = rolling;
  const stops = rollout.on_failure === "stop";
  const told: Told<Made> = { done: new Map(), failed: new Map() };
  for (const some of waves(hosts, rollout)) {
    if (told.failed.size > 0 && (stops || told.failed.has(rollout.first ?? ""))) break;
    const lenient = async (name: string) => {
      await note(told, name, deed);
      if (stops && told.failed.size > 0) throw new Error("a host has failed");
    };
    await eachAtOnce(some, widthOf(rollout, hosts.length), lenient);
    if (told.mistake) throw told.mistake.error;
  }
  if (told.failed.size > 0) throw refusal(rolling, told);
  return inOrder(hosts, told.done);
}

/** Asks all hosts at once, in so far as they may be asked: nothing is left out because another one has failed. */
export function onAll<Made>(
  { hosts, what }: Pick<Rolling, "hosts" | "what">,
  deed: (host: string) => Promise<Made>,
): Promise<ReadonlyMap<string, Made>> {
  return rollOut({ hosts, what, rollout: { on_failure: "go on", at_once: MOST_AT_ONCE } }, deed);
}

/** ssh clients are processes, and this machine has other things to do. */
const MOST_AT_ONCE = 32;

/** The hosts that a driver is on. Fault `no-such-host`, `no-hosts`. */
export function hostsOf(
  names: readonly string[],
  { hosts, rollout, target }: { hosts?: readonly string[]; rollout: Rollout; target: string },
): readonly string[] {
  const wanted = hosts ?? names;
  if (wanted.length === 0)
    throw new Fault({
      code: "no-hosts",
      what: `${target} is to be on hosts, and its environment has none.`,
      fix: "Write them under the environment's `hosts`: app1: deploy@10.0.0.11",
    });
  const unknown = [...wanted, ...(rollout.first === undefined ? [] : [rollout.first])].find(
    (name) => !(wanted.includes(name) && names.includes(name)),
  );
  if (unknown === undefined) return wanted;
  throw new Fault({
    code: "no-such-host",
    what: `${target} is not on a host "${unknown}".`,
    fix: `Use one of: ${(names.includes(unknown) ? wanted : names).join(", ")}.`,
  });
}

/** The one that most have; of equally many the one that comes first. */
export function mostly<What>(all: readonly What[], key: (what: What) => string): What | undefined {
  const counts = new Map<string, number>();
  for (const each of all) counts.set(key(each), (counts.get(key(each)) ?? 0) + 1);
  const most = Math.max(0, ...counts.values());
  return all.find((each) => counts.get(key(each)) === most);
}

/** As the hosts are written, whoever came back first. */
function inOrder<What>(
  hosts: readonly string[],
  found: ReadonlyMap<string, What>,
): ReadonlyMap<string, What> {
  const position = (name: string) => hosts.indexOf(name);
  return new Map([...found].toSorted(([a], [b]) => position(a) - position(b)));
}

function waves(hosts: readonly string[], { first }: Rollout): readonly (readonly string[])[] {
  if (first === undefined) return [hosts];
  return [[first], hosts.filter((name) => name !== first)];
}

/** How many hosts at a time. */
export function widthOf({ at_once }: Pick<Rollout, "at_once">, hosts: number): number {
  if (at_once === undefined) return Math.min(MOST_AT_ONCE, hosts);
  if (typeof at_once === "number") return at_once;
  return Math.max(1, Math.floor((hosts * Number.parseInt(at_once, 10)) / 100));
}

interface Told<Made> {
  readonly done: Map<string, Made>;
  readonly failed: Map<string, Failure>;
  /** Of ours. */
  mistake?: { readonly error: unknown };
}

async function note<Made>(
  told: Told<Made>,
  name: string,
  deed: (host: string) => Promise<Made>,
): Promise<void> {
  try {
    told.done.set(name, await deed(name));
  } catch (error) {
    if (error instanceof Fault) told.failed.set(name, error.failure);
    else {
      told.mistake = { error };
      throw error;
    }
  }
}

function refusal<Made>({ hosts, what }: Rolling, told: Told<Made>): Fault {
  const done = inOrder(hosts, told.done);
  const failed = inOrder(hosts, told.failed);
  const failures = [...failed.values()];
  const [first] = failures;
  if (first === undefined) throw new Error("nobody has failed");
  // On an only host there is nobody else to tell of.
  if (hosts.length === 1) return new Fault({ ...first, what: named(hosts[0] ?? "", first.what) });
  const code = failures.every((each) => each.code === first.code) ? first.code : "hosts-failed";
  const untouched = hosts.filter((name) => !done.has(name) && !failed.has(name));
  const story = [
    `${what} failed on ${[...failed.keys()].join(", ")}`,
    ...(done.size > 0 ? [`it is done on ${[...done.keys()].join(", ")}`] : []),
    ...(untouched.length > 0 ? [`nothing was done to ${untouched.join(", ")}`] : []),
  ];
  const detail = details(failed);
  const failure = { code, what: `${story.join("; ")}. ${reasons(failed)}`, fix: remedies(failed) };
  return new Fault({ ...failure, ...(detail !== "" && { detail }) }, { untouched });
}

/** With the host before it, unless it begins with that. */
function named(name: string, what: string): string {
  return what.startsWith(`${name} `) || what.startsWith(`${name}:`) ? what : `${name}: ${what}`;
}

type Failed = ReadonlyMap<string, Failure>;

/** Why, once for all hosts that say the same of themselves. */
function reasons(failed: Failed): string {
  const [[name, { what }] = ["", { what: "" }]] = failed;
  if (failed.size === 1) return named(name, what);
  if (isSame(failed)) return sentence(general(name, what));
  return [...failed].map(([each, failure]) => named(each, failure.what)).join(" ");
}

function isSame(failed: Failed): boolean {
  return new Set([...failed].map(([name, { what }]) => general(name, what))).size === 1;
}

/** In words that any host could say: `web1 (deploy@10.0.0.11) does not …` → `each does not …`. */
function general(name: string, what: string): string {
  const own = `${name} `;
  if (what.startsWith(own)) return `each ${what.slice(own.length).replace(/^\([^)]*\) /, "")}`;
  return what.replaceAll(/\bon ([a-z0-9][a-z0-9-]*)/g, (all, on) => (on === name ? "there" : all));
}

function sentence(words: string): string {
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}

/** Each remedy once. */
function remedies(failed: Failed): string {
  return [...new Set([...failed.values()].map(({ fix }) => fix))].slice(0, MOST_REMEDIES).join(" ");
}

const MOST_REMEDIES = 3;
const DETAIL_BYTES = 6_000;

/** What each host has to say beyond the reasons. */
function details(failed: Failed): string {
  const share = Math.max(300, Math.floor(DETAIL_BYTES / failed.size));
  const [only] = failed.values();
  if (failed.size === 1) return only?.detail?.slice(-share) ?? "";
  return [...failed]
    .filter(([, { detail = "" }]) => detail !== "")
    .map(([name, { detail = "" }]) => `${name}:\n${detail.slice(-share)}`)
    .join("\n");
}
