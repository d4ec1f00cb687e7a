import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Entry, Event } from "../../src/model/event.ts";
import type { ProofsShop } from "./proofs-shop.ts";
import type { Landed } from "./sailing.ts";

/** How a run of the plan ends when nobody touches it. */
export interface Wanted {
  readonly exit: number;
  readonly serves: string;
  /** How often each command really ran, since the first deploy. */
  readonly done: Readonly<Record<string, number>>;
}

export const FIT: Wanted = {
  exit: 0,
  serves: "v2",
  done: { seed: 1, visit: 1, suite: 1, again: 1 },
};
export const UNFIT: Wanted = { ...FIT, exit: 4, serves: "v1" };
/** The browser's plan runs no command. */
export const LOOKED: Wanted = { ...FIT, done: {} };

/** Everything that is not as after a run that nobody touched. */
export async function broken(
  shop: ProofsShop,
  { exit, serves, done }: Wanted,
  ended: Pick<Landed, "exit" | "err" | "out">,
): Promise<readonly string[]> {
  const entries = await shop.events();
  const counted = shop.counted();
  const now = await shop.answers();
  const names = new Set([...Object.keys(done), ...Object.keys(counted)]);
  return [
    ...(ended.exit === exit
      ? []
      : [`exit ${ended.exit}, not ${exit}: ${(ended.err + ended.out).slice(-3000)}`]),
    ...(now === serves ? [] : [`${now} serves, not ${serves}`]),
    ...[...names]
      .filter((name) => (counted[name] ?? 0) !== (done[name] ?? 0))
      .map((name) => `${name} was started ${counted[name] ?? 0} times`),
    ...shop.leftovers().map((what) => `left behind: ${what}`),
    ...doneAgain(entries),
    ...wrongEvidence(shop, entries),
  ];
}

type Ended = Extract<Event, { kind: "attempt-ended" }>;

const nameOf = ({ step, phase }: Pick<Ended, "step" | "phase">) => `${step}/${phase}`;

/** What passed, and was begun once more after that. */
function doneAgain(entries: readonly Entry[]): readonly string[] {
  const passed = new Set<string>();
  return entries.flatMap(({ event }) => {
    if (event.kind === "attempt-ended" && event.result.outcome === "passed")
      passed.add(nameOf(event));
    return event.kind === "attempt-started" && passed.has(nameOf(event))
      ? [`${nameOf(event)} was done again`]
      : [];
  });
}

/** Each kept file belongs to one attempt, is what the journal says, and holds that attempt whole. */
function wrongEvidence({ folder }: ProofsShop, entries: readonly Entry[]): readonly string[] {
  const owners = new Map<string, string>();
  return entries.flatMap(({ run, event }) => {
    if (event.kind !== "attempt-ended") return [];
    const of = `${nameOf(event)}/${event.attempt}`;
    const texts = (event.result.evidence ?? []).map(({ name, sha256 }) => {
      const file = path.join(folder, ".seaworthy/runs", run, name);
      const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
      const other = owners.get(name);
      owners.set(name, of);
      const isSame = createHash("sha256").update(bytes).digest("hex") === sha256;
      return {
        name,
        text: bytes.toString(),
        wrong: [
          ...(other === undefined ? [] : [`${name} belongs to ${other} and to ${of}`]),
          ...(isSame ? [] : [`${name} of ${of} is not what the journal says`]),
        ],
      };
    });
    const wrong = texts.flatMap((each) => each.wrong);
    return event.phase === "do" && event.result.outcome === "passed"
      ? [...wrong, ...lacking(event, texts)]
      : wrong;
  });
}

/** Step → name of a kept file, a pattern, and how often it must be found there. */
const WHOLE: Readonly<Record<string, readonly (readonly [RegExp, RegExp, number])[]>> = {
  load: [
    [/^load[.\d]*\.csv$/, /\n/g, 101],
    [/^load[.\d]*\.log$/, /100 requests/g, 1],
  ],
  stays: [[/^stability[.\d]*\.log$/, /\d\/3 /g, 3]],
  suite: [
    [/^tests[.\d]*\.log$/, /the suite (?:begins|ends)/g, 2],
    [/^tests-report[.\d]*\.xml$/, /<testcase /g, 2],
  ],
  again: [
    [/^twice[.\d]*\.log$/, /seeded/g, 1],
    [/^twice[.\d]*\.txt$/, /^= /gm, 2],
  ],
  things: [[/^scenario[.\d]*\.log$/, /Download/g, 1]],
  metrics: [[/^metrics[.\d]*\.txt$/, /✓/g, 3]],
  said: [[/^said[.\d]*\.log$/, /"late"/g, 1]],
  page: [[/^browser[.\d]*\.html$/, /file\.bin/g, 1]],
};

function lacking(
  { step }: Ended,
  texts: readonly { readonly name: string; readonly text: string }[],
): readonly string[] {
  return (WHOLE[step] ?? []).flatMap(([name, pattern, times]) => {
    const kept = texts.find((each) => name.test(each.name));
    const found = kept?.text.match(pattern)?.length ?? 0;
    if (kept !== undefined && found === times) return [];
    return [
      kept
        ? `${kept.name} of ${step} has ${found} times ${pattern}, not ${times}`
        : `${step} kept nothing called ${name}: ${texts.map((each) => each.name).join(", ")}`,
    ];
  });
}

/** Steps and phases that were under way when a process died. */
export function cutOpen(entries: readonly Entry[]): readonly string[] {
  const open = new Set<string>();
  const cut = new Set<string>();
  for (const { event } of entries) {
    if (event.kind === "run-opened") for (const each of open) cut.add(each);
    if (event.kind === "attempt-started") open.add(nameOf(event));
    if (event.kind === "attempt-ended" || event.kind === "attempt-lost") open.delete(nameOf(event));
  }
  return [...cut];
}
