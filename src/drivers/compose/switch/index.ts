import { parseDuration, showDuration } from "../../../lib/duration.ts";
import { Fault } from "../../../model/failure.ts";
import type { Release } from "../../../model/release.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Act } from "../../../ports/driver.ts";
import type { Docker } from "../docker.ts";
import { type Container, containersOf, isAlive } from "./containers.ts";
import { type Move, next } from "./decide.ts";
import { drained } from "./drain.ts";
import { haproxy } from "./haproxy.ts";
import { nginx } from "./nginx.ts";
import type { SwitchOption } from "./options.ts";
import type { Inside, Proxy } from "./proxy.ts";
import { awaitReady } from "./wait.ts";

/** What switching needs to know of the target and of the release. */
export interface Switching {
  /** With everything in its environment that the release's compose file asks for. */
  readonly docker: Docker;
  readonly clock: Clock;
  /** Compose's own project name. */
  readonly project: string;
  /** Arguments of Compose that name the project and the release's stored file: `-p shop -f …`. */
  readonly compose: readonly string[];
  readonly options: Readonly<Record<string, SwitchOption>>;
  /** Where Compose runs. */
  readonly cwd: string;
  /** Services of the release's stored file; a one-off one is a job that ends by itself. */
  readonly services: Readonly<Record<string, { readonly isOneOff: boolean }>>;
  readonly release: Release;
  readonly act: Act;
}

/**
 * Brings each service that is switched to the release without failing a request; to be called before the stack is brought up,
 * which then finds nothing to do for them. A service that does not run yet, or whose proxy does not, is left to that.
 *
 * After a crash it is called again, for the same release or the one before: each move is judged from what is there.
 */
export async function switchServices(switching: Switching): Promise<void> {
  const deadline = switching.clock.monotonic() + switching.act.timeoutMs;
  const wanted = await hashes(switching);
  for (const [service, option] of Object.entries(switching.options)) {
    const hash = wanted.get(service);
    if (hash === undefined) continue;
    const proxy = await proxyOf(switching, service, option);
    if (proxy === undefined) continue;
    await toRelease({
      ...switching,
      service,
      option,
      wanted: hash,
      hashes: wanted,
      proxy,
      deadline,
    });
  }
}

/** One service that is being switched. */
interface One extends Switching {
  readonly service: string;
  readonly option: SwitchOption;
  readonly wanted: string;
  /** Compose's digest of it, and of each job. */
  readonly hashes: ReadonlyMap<string, string>;
  readonly proxy: { readonly is: Proxy; readonly container: string };
  readonly deadline: number;
}

/** More moves than this are no way to anywhere. */
const MOST_MOVES = 100;

async function toRelease(one: One): Promise<void> {
  const { proxy, act } = one;
  const proven = new Set<string>();
  let count: (() => Promise<unknown>) | undefined;
  try {
    for (let moves = 0; moves < MOST_MOVES; moves++) {
      const move = await judge(one, proven);
      if (move.do === "leave" || move.do === "done") return;
      if (count === undefined) {
        await proxy.is.check(act);
        count = await counter(one);
      }
      await make(one, move, proven);
    }
  } finally {
    await count?.();
  }
  throw new Fault({
    code: "switch-unsettled",
    what: `After ${MOST_MOVES} moves ${one.service} is still not as it should be: something else changes it.`,
    fix: "Find out what else starts or removes its containers, end that, then run again.",
  });
}

async function judge(one: One, proven: ReadonlySet<string>): Promise<Move> {
  const { docker, project, service, proxy, wanted, act } = one;
  const containers = await containersOf(docker, { project, service }, act);
  const { to, isPinned } = await proxy.is.look(containers, act);
  return next({ wanted, containers, ...(to !== undefined && { leads: to }), isPinned, proven });
}

async function make(one: One, move: Move, proven: Set<string>): Promise<void> {
  const { proxy, act, service } = one;
  switch (move.do) {
    case "leave":
    case "done":
      return;
    case "unpin":
      return proxy.is.unpin(act);
    case "pin":
      return proxy.is.pin(move.to, act);
    case "start":
      return start(one, move.beside);
    case "wait":
      await provenReady(one, move.for);
      proven.add(move.for.id);
      return;
    case "lead":
      await proxy.is.pin(move.to, act);
      return act.say(`${service}: requests go to ${move.to.name}`);
    case "remove":
      return remove(one, move.what);
  }
}

async function start(one: One, beside: number): Promise<void> {
  const { docker, compose, cwd, service, act } = one;
  await removeOldJobs(one);
  act.say(`${service}: the new container starts beside the old one`);
  const scale = ["--scale", `${service}=${beside + 1}`];
  // Not --no-deps: some versions of Compose then leave `depends_on` out of the container's digest, and make it anew later.
  const flags = ["-d", "--no-build", "--no-recreate"];
  await docker.compose([...compose, "up", ...flags, ...scale, service], act, { cwd });
}

/** A job that the service waits for (a migration) is to run as the new release has it, and is not made anew while an old one is there. */
async function removeOldJobs({
  docker,
  project,
  services,
  hashes: wanted,
  act,
}: One): Promise<void> {
  for (const job of Object.keys(services).filter((name) => services[name]?.isOneOff)) {
    const all = await containersOf(docker, { project, service: job }, act);
    const old = all.filter((each) => each.state === "exited" && each.hash !== wanted.get(job));
    if (old.length > 0) await docker.run(["rm", ...old.map(({ id }) => id)], act);
  }
}

async function provenReady(one: One, what: Container): Promise<void> {
  const { docker, clock, service, option, release, deadline, act } = one;
  const proxy = one.proxy.container;
  try {
    await awaitReady({ docker, clock, service, option, proxy, what, release, deadline, act });
    act.say(`${service}: ${what.name} is ready, and is ${release.name}`);
  } catch (error) {
    if (error instanceof Fault) await keepForEvidence(one, what);
    throw error;
  }
}

/** It stays, stopped: others in the stack reach the service by its name, and must not meet one that is not ready. */
async function keepForEvidence(
  { docker, service, proxy, act }: One,
  what: Container,
): Promise<void> {
  await docker.look(["stop", what.id], act);
  await proxy.is.unpin(act);
  act.say(`${service}: ${what.name} was stopped and is kept for its evidence; the old one serves`);
}

async function remove(one: One, what: Container): Promise<void> {
  const { docker, clock, option, act } = one;
  if (isAlive(what)) {
    const withinMs = parseDuration(option.drain) ?? 0;
    const port = Number(option.port);
    const proxy = one.proxy.container;
    const left = await drained({ docker, clock, proxy, port, what, withinMs, act });
    if (left !== 0)
      act.say(
        `${one.service}: after ${showDuration(withinMs)} ${left ?? "an unknown number of"} requests were under way at ${what.name}`,
      );
    await docker.run(["stop", what.id], act);
  }
  await docker.run(["rm", "-f", what.id], act);
  act.say(`${one.service}: ${what.name} is gone`);
}

/** Begins to count what the proxy loses; the end of it is said, for a switch that lost something is none. */
async function counter({ proxy, service, act }: One): Promise<() => Promise<void>> {
  const tell = await proxy.is.count(act);
  return async () => {
    const tally = await tell();
    if (tally !== undefined) {
      act.count?.("switched_requests", tally.requests);
      act.count?.("lost_requests", tally.lost);
    }
    act.say(
      tally === undefined
        ? `${service}: its proxy does not say how many requests were lost`
        : `${service}: ${tally.requests} requests while it switched, ${tally.lost} lost`,
    );
  };
}

/** Compose's digest of each switched service and each job as the release has it: a container with the same one is not made anew. */
async function hashes(switching: Switching): Promise<ReadonlyMap<string, string>> {
  const { docker, compose, cwd, options, services, act } = switching;
  if (!Object.keys(options).some((name) => name in services)) return new Map();
  const names = Object.keys(services).filter((name) => name in options || services[name]?.isOneOff);
  const said = await docker.compose([...compose, "config", "--hash", names.join(",")], act, {
    cwd,
  });
  return new Map(
    said.split("\n").flatMap((line) => {
      const [name, hash] = line.trim().split(/\s+/);
      return name !== undefined && hash !== undefined ? [[name, hash] as const] : [];
    }),
  );
}

/** The proxy that runs; undefined when none does, for then no request can be lost. */
async function proxyOf(
  { docker, clock, project, act }: Switching,
  service: string,
  option: SwitchOption,
): Promise<One["proxy"] | undefined> {
  const all = await containersOf(docker, { project, service: option.proxy }, act);
  const running = all.find(({ state }) => state === "running");
  if (running === undefined) return undefined;
  const container = running.name;
  const place: Inside = { docker, clock, container, service };
  const is = option.kind === "nginx" ? nginx(place, option) : haproxy(place, option);
  return { is, container };
}
