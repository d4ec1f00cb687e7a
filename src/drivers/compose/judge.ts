import { oneLine } from "../../lib/one-line.ts";
import type { Container, Health } from "./containers.ts";
import type { StoredService } from "./stored.ts";

/** How far one service of a release is, after it was brought up. */
export type Judgement =
  | { readonly is: "well" }
  /** Its own health check decides, and has not said anything yet. */
  | { readonly is: "starting"; readonly containers: readonly Container[] }
  | { readonly is: "not yet"; readonly why: string }
  /** It won't become well by waiting. */
  | { readonly is: "ill"; readonly why: string };

/** After so many restarts nobody expects the next one to go better. */
const DEATHS = 3;

interface Circumstances {
  /** The engine's clock, milliseconds since 1970. */
  readonly now: number;
  readonly stableMs: number;
  /** Restarts of each container, by id, before it was waited for. */
  readonly restartsBefore: ReadonlyMap<string, number>;
}

/** Judges a service by its containers. */
export function judge(
  service: StoredService,
  containers: readonly Container[],
  circumstances: Circumstances,
): Judgement {
  if (containers.length === 0) return { is: "not yet", why: "it has no container" };
  const each = containers.map((container) => judgeOne(service, container, circumstances));
  return (
    each.find(({ is }) => is === "ill") ??
    each.find(({ is }) => is === "not yet") ??
    starting(each) ?? { is: "well" }
  );
}

function starting(each: readonly Judgement[]): Judgement | undefined {
  const all = each.filter((one) => one.is === "starting").flatMap((one) => one.containers);
  return all.length === 0 ? undefined : { is: "starting", containers: all };
}

function judgeOne(
  { isOneOff }: StoredService,
  container: Container,
  { now, stableMs, restartsBefore }: Circumstances,
): Judgement {
  const { status, exitCode, health } = container;
  if (isOneOff && status === "exited" && exitCode === 0) return { is: "well" };
  const deaths = container.restarts - (restartsBefore.get(container.id) ?? 0);
  const end = endOf(container);
  if (end !== undefined && (status !== "restarting" || deaths >= DEATHS))
    return { is: "ill", why: end };
  if (deaths >= DEATHS)
    return { is: "ill", why: `it keeps ending: restarted ${deaths} times${lastEnd(container)}` };
  if (status !== "running") return { is: "not yet", why: `it is ${status}${lastEnd(container)}` };
  if (isOneOff) return { is: "not yet", why: "it has not ended yet, as it is meant to" };
  if (health?.status === "healthy") return { is: "well" };
  if (health?.status === "unhealthy")
    return { is: "ill", why: `its health check fails${said(health)}` };
  if (health !== undefined) return { is: "starting", containers: [container] };
  const left = container.startedAt + stableMs - now;
  return left <= 0
    ? { is: "well" }
    : { is: "not yet", why: "it has no health check, and has not run for long enough" };
}

/** Why a container does not run; undefined when it does, or never began. */
export function endOf(container: Container): string | undefined {
  const { status, exitCode, isOutOfMemory, error } = container;
  if (status === "running" || status === "created" || status === "paused")
    return error === "" ? undefined : `it could not be started: ${oneLine(error)}`;
  if (isOutOfMemory) return `it ran out of memory and was killed (exit code ${exitCode})`;
  if (error !== "") return `it could not be started: ${oneLine(error)}`;
  return status === "restarting"
    ? `it keeps ending with exit code ${exitCode}`
    : `it ended with exit code ${exitCode}`;
}

function lastEnd({ exitCode, isOutOfMemory }: Container): string {
  if (isOutOfMemory) return ", out of memory";
  return exitCode === 0 ? "" : `, exit code ${exitCode}`;
}

/** The end of a health check's words, on one line: the whole of them is in the failure's detail. */
export function said({ output, exitCode }: Pick<Health, "output" | "exitCode">): string {
  const line = oneLine(output).slice(-200);
  return `${codeOf({ exitCode })}${line === "" ? "" : `: ${line}`}`;
}

/** How a health check ended, where it came to an end. */
export function codeOf({ exitCode }: { readonly exitCode?: number | undefined }): string {
  return exitCode === undefined ? "" : ` (exit code ${exitCode})`;
}
