import { showDuration } from "../../../lib/duration.ts";
import { Fault } from "../../../model/failure.ts";
import type { Release } from "../../../model/release.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Act } from "../../../ports/driver.ts";
import type { Docker } from "../docker.ts";
import { type Answer, ask } from "./ask.ts";
import { type Container, containersOf, type Part } from "./containers.ts";
import type { SwitchOption } from "./options.ts";

export interface Waiting {
  readonly docker: Docker;
  readonly clock: Clock;
  readonly part: Part;
  readonly option: SwitchOption;
  /** Name of the proxy's container. */
  readonly proxy: string;
  readonly what: Container;
  readonly release: Release;
  /** Of the clock's monotonic time. */
  readonly deadline: number;
  readonly act: Act;
}

const LOOK_MS = 100;
const DEATHS = 3;

/** Resolves when the container is healthy and says that it is the release. Fault `release-never-healthy`, `release-wrong-identity`. */
export async function awaitReady(waiting: Waiting): Promise<void> {
  const { docker, clock, part, act, what, deadline } = waiting;
  let answer: Answer | undefined;
  for (;;) {
    const now = (await containersOf(docker, part, act)).find(({ id }) => id === what.id);
    const end = hopeless(now);
    if (end !== undefined) throw await neverHealthy(waiting, end);
    if (isHealthy(now)) {
      answer = await askIt(waiting);
      if (answer.identity.is === "meant") return;
    }
    if (clock.monotonic() >= deadline) throw await tooLate(waiting, { now, answer });
    await clock.sleep(LOOK_MS, act.signal);
    act.signal.throwIfAborted();
  }
}

function isHealthy(now: Container | undefined): boolean {
  return now?.state === "running" && (now.health === undefined || now.health === "healthy");
}

/** Why waiting any longer is of no use. */
function hopeless(now: Container | undefined): string | undefined {
  if (now === undefined) return "its container was removed";
  if (now.state === "exited" || now.state === "dead")
    return `it ended with exit code ${now.exitCode}`;
  if (now.restarts >= DEATHS) return `it was restarted ${now.restarts} times`;
  return now.health === "unhealthy" ? "its health check says unhealthy" : undefined;
}

function askIt({ docker, option, what, proxy, release, act }: Waiting): Promise<Answer> {
  const question = {
    option,
    container: what.name,
    from: [proxy, what.name],
    release: release.name,
  };
  return ask(docker, question, act);
}

async function tooLate(
  waiting: Waiting,
  { now, answer }: { now: Container | undefined; answer: Answer | undefined },
): Promise<Fault> {
  const { option, part, release, act } = waiting;
  if (answer?.identity.is === "other")
    return new Fault({
      code: "release-wrong-identity",
      what: `The new ${part.service} answered ${option.ready.get} as "${answer.identity.name}", not as ${release.name}.`,
      fix: "Make the image say the release that it was built from, or say in `ready.version` where it does.",
      detail: `last answer: ${answer.words}`,
    });
  const why =
    answer === undefined
      ? `its health check says ${now?.health ?? now?.state ?? "nothing"}`
      : `${option.ready.get} said: ${answer.words}`;
  return neverHealthy(waiting, `${why} after ${showDuration(act.timeoutMs)}`);
}

async function neverHealthy({ docker, part, what, act }: Waiting, why: string): Promise<Fault> {
  const logs = await docker.look(["logs", "--tail", "30", what.name], act);
  return new Fault({
    code: "release-never-healthy",
    what: `The new ${part.service} (${what.name}) did not become ready: ${why.replace(/\.$/, "")}.`,
    fix: "Read its log lines above, mend the release, and deploy it again.",
    detail: logs.tail.trim().slice(-3_000),
  });
}
