import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Act } from "../../ports/driver.ts";
import type { Http } from "../../ports/http.ts";
import { bringUp, dockerFor, stackArguments } from "./bring-up.ts";
import { type Container, containers } from "./containers.ts";
import { restartDependents } from "./dependents.ts";
import { sameEngine } from "./engine.ts";
import { passFence } from "./fence.ts";
import { asksForName, proveIdentity } from "./identity.ts";
import type { Reach } from "./images/yard.ts";
import { keepLastWords } from "./last-words.ts";
import { isWhole } from "./ready.ts";
import type { Engine, Setting } from "./setting.ts";
import { noteServing, refuseOthers, stagedRecord } from "./standing.ts";
import type { Stored } from "./stored.ts";
import { switchServices } from "./switch/index.ts";
import { awaitHealth, illNow } from "./wait.ts";

export interface World {
  readonly http: Http;
  readonly clock: Clock;
  readonly reach: Reach;
}

interface Job {
  readonly release: Release;
  readonly act: Act;
}

/**
 * Makes a release the serving one, and resolves when it is proven.
 *
 *     whole? ─► switch what can be switched ─► bring up ─► each service well ─► says its name ─► noted as serving
 *
 * What is not switched is stopped before its new container starts: a failed release then stands where the one before
 * was, kept for its evidence until `activate` of the one before puts that back.
 */
export async function activate(setting: Setting, world: World, job: Job): Promise<void> {
  const { release, act } = job;
  await passFence(setting.layout.fence, setting.fence);
  const deadline = world.clock.monotonic() + act.timeoutMs;
  const stored = await stagedRecord(setting, release);
  const engine = await sameEngine(setting, world.clock, act);
  const isFresh = setting.known.staged === release.id;
  const [before] = await Promise.all([
    containers(setting, act),
    isFresh || isWhole(setting, world.reach, { stored, act }),
  ]);
  refuseOthers(setting, before, engine.owner);
  await passFence(setting.layout.fence, setting.fence);
  const ending = keepLastWords(setting, { before, act });
  try {
    await replace(setting, world, { stored, before, engine, deadline, act });
  } finally {
    await ending.over();
  }
  await noteServing(setting, stored, world.clock.now());
  act.say(`${release.id} serves`);
}

interface Replacing {
  readonly stored: Stored;
  readonly before: readonly Container[];
  readonly engine: Engine;
  readonly deadline: number;
  readonly act: Act;
}

async function replace(setting: Setting, world: World, replacing: Replacing): Promise<void> {
  const { stored, before, engine, deadline, act } = replacing;
  const { clock } = world;
  await removeHalfMade(setting, before, act);
  await switchFirst(setting, world, { stored, act });
  const says = asksForName(setting, world, { release: stored.release, act });
  const wait = { stored, before, aheadMs: engine.aheadMs, deadline, says, act };
  act.say(`bringing up ${Object.keys(stored.services).join(", ")}`);
  const refused = await bringUp(setting, stored, act);
  if (refused !== undefined) throw withWords(await illNow(setting, clock, wait), refused);
  await restartDependents(setting, stored, act);
  await awaitHealth(setting, clock, wait);
  await proveIdentity(setting, world, { release: stored.release, deadline, act });
}

/** Compose replaces a container under another name first (`0123456789ab_shop-web-1`), and stumbles over one that it was cut off at. */
async function removeHalfMade(
  { docker }: Setting,
  before: readonly Container[],
  act: Act,
): Promise<void> {
  const left = before.filter(
    ({ name, status }) => /^[0-9a-f]{12}_/.test(name) && status !== "running",
  );
  if (left.length > 0) await docker.run(["rm", "-f", ...left.map(({ id }) => id)], act);
}

function switchFirst(
  setting: Setting,
  { clock }: World,
  { stored, act }: { stored: Stored; act: Act },
): Promise<void> {
  return switchServices({
    docker: dockerFor(setting, stored),
    clock,
    project: setting.name,
    compose: stackArguments(setting, stored),
    cwd: setting.layout.release(stored.release.id),
    options: setting.options.switch,
    services: stored.services,
    release: stored.release,
    act,
  });
}

/** What a container says of its end tells more than Compose, which only met it; a port that is taken is the other way round. */
function withWords(ill: Fault | undefined, refused: Fault): Fault {
  if (ill === undefined || refused.failure.code === "port-taken") return refused;
  return new Fault({
    ...ill.failure,
    detail: [ill.failure.detail, refused.failure.detail].filter(Boolean).join("\n").slice(-4_000),
  });
}
