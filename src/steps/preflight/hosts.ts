import { eachAtOnce } from "../../lib/at-once.ts";
import { showDuration } from "../../lib/duration.ts";
import { Fault, type Failure } from "../../model/failure.ts";
import { enrolAll, withInputs } from "../../model/host-remedies.ts";
import type { HostFacts } from "../../ports/host.ts";
import { namesOf } from "../hosts.ts";
import { askMachine, inquire } from "./ask.ts";
import { bad, good, has, MOST_MS, withOwnFix, type PreflightWork, type Row } from "./row.ts";
import { hostsOf, type Check } from "./spec.ts";

/** What one host was found to be; undefined stands for a check that it was not asked. */
export interface HostRows {
  readonly host: string;
  /** The first says whether it lets us in; when it does not, nothing else was asked. */
  readonly rows: readonly (Row | undefined)[];
  /** Why it does not let us in. */
  readonly away?: Failure;
}

const AT_ONCE = 20;
const REACHABLE = "reachable";

/** Asks all hosts at the same time, each in one go. */
export async function askHosts(work: PreflightWork): Promise<readonly HostRows[]> {
  const asked = placed(work);
  const named = new Set(asked.flatMap(({ places }) => places));
  const inOrder = work.hosts.names.filter((name) => named.has(name));
  const settled = await eachAtOnce([...new Set([...inOrder, ...named])], AT_ONCE, async (host) => {
    const checks = asked.map(({ check, places }) => (places.includes(host) ? check : undefined));
    const found = { host, ...(await askHost(work, host, checks)) };
    say(work, found);
    return found;
  });
  const found = settled.map((each) => {
    if (each.status === "rejected") throw each.reason;
    return each.value;
  });
  return withRemedies(work, found);
}

/** Whether a host did not let us in, so that it was asked nothing. */
export function isAway({ rows }: Pick<HostRows, "rows">): boolean {
  return rows[0]?.isGood === false;
}

/** The same words for all hosts that nobody has enrolled, so that they are told once, and commands that can be copied as they are. */
function withRemedies(work: PreflightWork, found: readonly HostRows[]): readonly HostRows[] {
  const { plan, hosts } = work;
  const names = found.filter(({ away }) => away?.code === UNKNOWN).map(({ host }) => host);
  const isEvery = hosts.names.every((each) => names.includes(each));
  return found.map((each) => {
    const [first, ...rest] = each.rows;
    if (each.away === undefined || first === undefined) return each;
    const { code, what, fix } = each.away;
    const told =
      code === UNKNOWN && names.length > 1
        ? `Nobody has enrolled their host keys. ${enrolAll(plan, isEvery ? [] : names)}`
        : `${what} ${withInputs(plan, fix)}`;
    return { ...each, rows: [{ ...first, fix: told }, ...rest] };
  });
}

const UNKNOWN = "host-key-unknown";

/** The names of the rows, in their order. */
export function hostQuestions(work: PreflightWork): readonly string[] {
  const asked = placed(work);
  return asked.length === 0
    ? []
    : [
        REACHABLE,
        ...asked.filter(({ check }) => !has(check, "reachable")).map(({ check }) => nameOf(check)),
      ];
}

/** The checks that hosts are asked, and which ones. */
function placed({ spec, hosts }: PreflightWork) {
  return spec.checks.flatMap((check) => {
    const chosen = hostsOf(check, spec);
    return chosen === "none" ? [] : [{ check, places: namesOf(chosen, hosts) }];
  });
}

async function askHost(
  { hosts, signal, timeoutMs }: PreflightWork,
  name: string,
  all: readonly (Check | undefined)[],
): Promise<Omit<HostRows, "host">> {
  const own = all.find((check) => check !== undefined && has(check, "reachable"));
  const checks = all.filter((check) => check === undefined || !has(check, "reachable"));
  const limits = { timeoutMs: Math.min(timeoutMs, 2 * MOST_MS), signal };
  try {
    const host = hosts.host(name);
    const facts = await host.facts(limits);
    const scripted = checks.flatMap((check) =>
      check === undefined || has(check, "clock") ? [] : [{ check, inquiry: inquire(check, facts) }],
    );
    const answers = [...(await askMachine(host, scripted, { timeoutMs, signal }))];
    const rows = checks.map((check) => {
      if (check === undefined) return undefined;
      return has(check, "clock") ? withOwnFix(clock(check.clock, facts), check) : answers.shift();
    });
    return { rows: [good(REACHABLE, short(facts.system)), ...rows] };
  } catch (error) {
    if (!(error instanceof Fault) || signal.aborted) throw error;
    const { code, what, fix } = error.failure;
    const row = bad(REACHABLE, code.replace(/^host-/, "").replaceAll("-", " "), `${what} ${fix}`);
    const rest = checks.map(() => undefined);
    const away = own?.fix === undefined ? { away: error.failure } : {};
    return { rows: [own === undefined ? row : withOwnFix(row, own), ...rest], ...away };
  }
}

/** `Debian GNU/Linux 12 (bookworm)` is Debian 12. */
function short(system: string): string {
  return system.replace(" GNU/Linux", "").replace(/ \(.*\)$/, "");
}

function clock(most: number, { clockOffMs }: HostFacts): Row {
  const off = Math.round(clockOffMs);
  const found =
    off === 0 ? "the same" : `${showDuration(Math.abs(off))} ${off > 0 ? "ahead" : "behind"}`;
  return Math.abs(off) <= most
    ? good(clockName(most), found)
    : bad(
        clockName(most),
        found,
        "On the one that is wrong, as root: timedatectl set-ntp true (needs systemd-timesyncd or chrony).",
      );
}

function clockName(most: number): string {
  return `clock within ${showDuration(most)}`;
}

function nameOf(check: Check): string {
  return has(check, "clock") ? clockName(check.clock) : inquire(check, { user: "" }).name;
}

/** One line for each host, and one for each no. */
function say(work: PreflightWork, { host, rows }: HostRows): void {
  const told = rows.filter((row) => row !== undefined);
  const failing = told.filter(({ isGood }) => !isGood);
  for (const { name, found } of failing.slice(0, 20))
    work.progress(`${host}: ${name}: ${found}`, { outcome: "failed" });
  if (isAway({ rows })) return;
  work.progress(`${host}: ${told.length - failing.length} of ${told.length} say yes`, {
    outcome: failing.length === 0 ? "passed" : "failed",
  });
}
