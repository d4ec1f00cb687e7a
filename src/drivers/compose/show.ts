import { oneLine } from "../../lib/one-line.ts";
import type { Act, Part, Usage } from "../../ports/driver.ts";
import { readTop } from "../docker-top.ts";
import { type Container, containers, isHealthyNow } from "./containers.ts";
import { endOf } from "./judge.ts";
import type { Setting } from "./setting.ts";
import { type Stored, readAllStored } from "./stored.ts";

/** Each container of the stack as a part. */
export async function parts(setting: Setting, act: Act): Promise<readonly Part[]> {
  const all = await containers(setting, act);
  const records = await readAllStored(setting.layout);
  return Promise.all(all.map((container) => partOf(setting, { container, records }, act)));
}

async function partOf(
  setting: Setting,
  { container, records }: { container: Container; records: readonly Stored[] },
  act: Act,
): Promise<Part> {
  const { service, release, status, restarts } = container;
  const isDone = isOver(container, records);
  const healthy = isDone ? undefined : await isHealthy(setting, container, act);
  const detail = [isDone ? "done" : endOf(container), healthy === false && lastCheck(container)];
  const words = detail.filter(Boolean).join(", ");
  return {
    name: service,
    ...(release !== undefined && { release }),
    state: status,
    ...(status === "exited" && { exit: container.exitCode }),
    ...(isDone && { isDone }),
    ...(healthy !== undefined && { healthy }),
    restarts,
    ...(words !== "" && { detail: words }),
  };
}

/** A job that was meant to end, and ended well. */
function isOver(
  { service, fingerprint, status, exitCode }: Container,
  records: readonly Stored[],
): boolean {
  if (status !== "exited" || exitCode !== 0) return false;
  return records.some(({ services }) => {
    const stored = services[service];
    return stored?.isOneOff === true && stored.fingerprint === fingerprint;
  });
}

/** Undefined when nothing says so: it runs, and has no health check. */
async function isHealthy(
  setting: Setting,
  container: Container,
  act: Act,
): Promise<boolean | undefined> {
  if (container.status !== "running") return false;
  const said = container.health?.status;
  if (said === undefined) return undefined;
  if (said !== "starting") return said === "healthy";
  // The engine's first look may be half a minute away.
  return setting.known.healthy.has(container.id) || isHealthyNow(setting, container, act);
}

function lastCheck({ health }: Container): string | undefined {
  return health?.output ? `last check: ${oneLine(health.output)}` : health?.status;
}

/** What each process of the stack uses now. */
export async function usage(setting: Setting, act: Act): Promise<readonly Usage[]> {
  const running = (await containers(setting, act)).filter(({ status }) => status === "running");
  const each = await Promise.all(
    running.map(async ({ id, service }) => {
      const told = await setting.docker.look(["top", id, "-eo", "pid,rss,time"], act);
      return readTop(service, told.stdout);
    }),
  );
  return each.flat();
}

/** All that docker tells of each container, as it tells it. */
export async function inspect(setting: Setting, act: Act): Promise<string> {
  const ids = (await containers(setting, act)).map(({ id }) => id);
  if (ids.length === 0) return "[]\n";
  return setting.docker.run(["container", "inspect", ...ids], act);
}
