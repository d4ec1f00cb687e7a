import { showDuration } from "../../../lib/duration.ts";
import { Fault } from "../../../model/failure.ts";
import type { Release } from "../../../model/release.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Act } from "../../../ports/driver.ts";
import type { Docker } from "../docker.ts";
import { type Answer, ask } from "./ask.ts";
import { type Container as Known, inspected, isHealthyNow } from "../containers.ts";
import { endOf } from "../judge.ts";
import type { Container } from "./containers.ts";
import type { SwitchOption } from "./options.ts";

export interface Waiting {
  readonly docker: Docker;
  readonly clock: Clock;
  readonly service: string;
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
const OTHER_MS = 3_000;

/** Resolves when the container is healthy and says that it is the release. Fault `release-never-healthy`, `release-wrong-identity`. */
export async function awaitReady(waiting: Waiting): Promise<void> {
  const { docker, clock, act, what, deadline } = waiting;
  let answer: Answer | undefined;
  let latest = deadline;
  for (;;) {
    const [now] = await inspected({ docker }, [what.id], act);
    const end = hopeless(now);
    if (end !== undefined) throw await neverHealthy(waiting, end);
    if (await isHealthy(docker, now, act)) {
      answer = await askIt(waiting);
      if (answer.identity.is === "meant") return;
      // Who says another name while it starts may still mean it otherwise; not for long.
      if (answer.identity.is === "other") latest = Math.min(latest, clock.monotonic() + OTHER_MS);
    }
    if (clock.monotonic() >= latest) throw await tooLate(waiting, { now, answer });
    await clock.sleep(LOOK_MS, act.signal);
    act.signal.throwIfAborted();
  }
}

/** The engine runs a health check only every so often: while it has not said anything yet it is run here as well. */
async function isHealthy(docker: Docker, now: Known | undefined, act: Act): Promise<boolean> {
  if (now?.status !== "running") return false;
  if (now.health?.status !== "starting") return true;
  return isHealthyNow({ docker }, now, act);
}

/** Why waiting any longer is of no use. */
function hopeless(now: Known | undefined): string | undefined {
  if (now === undefined) return "its container was removed";
  if (now.restarts >= DEATHS) return `it was restarted ${now.restarts} times`;
  if (now.health?.status === "unhealthy") return `its health check fails: ${now.health.output}`;
  return now.status === "restarting" ? undefined : endOf(now);
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
  { now, answer }: { now: Known | undefined; answer: Answer | undefined },
): Promise<Fault> {
  const { option, service, release, act } = waiting;
  if (answer?.identity.is === "other")
    return new Fault({
      code: "release-wrong-identity",
      what: `The new ${service} answered ${option.ready.get} as "${answer.identity.name}", not as ${release.name}.`,
      fix: "Make the image say the release that it was built from, or say in `ready.version` where it does.",
      detail: `last answer: ${answer.words}`,
    });
  const why =
    answer === undefined
      ? `its health check says ${now?.health?.status ?? now?.status ?? "nothing"}`
      : `${option.ready.get} said: ${answer.words}`;
  return neverHealthy(waiting, `${why} after ${showDuration(act.timeoutMs)}`);
}

async function neverHealthy({ docker, service, what, act }: Waiting, why: string): Promise<Fault> {
  const logs = await docker.look(["logs", "--tail", "30", what.name], act);
  return new Fault({
    code: "release-never-healthy",
    what: `The new ${service} (${what.name}) did not become ready: ${why.replace(/\.$/, "")}.`,
    fix: "Read its log lines above, mend the release, and deploy it again.",
    detail: logs.tail.trim().slice(-3_000),
  });
}
