import { oneLine } from "../../lib/one-line.ts";
import type { Container } from "./sight.ts";

/** How far a container is, after it was started. */
export type Judgement =
  | { readonly is: "well" }
  | { readonly is: "not yet"; readonly why: string }
  /** It won't become well by waiting. */
  | { readonly is: "ill"; readonly why: string };

/** After so many restarts nobody expects the next one to go better. */
const DEATHS = 3;

interface Circumstances {
  /** The machine's clock, milliseconds since 1970. */
  readonly now: number;
  readonly stableMs: number;
  /** Restarts before it was waited for. */
  readonly restartsBefore: number;
  /** Its own health check passed when we ran it. */
  readonly passes: boolean;
  /** It is asked for its name, which proves more than having run for a while. */
  readonly isAsked: boolean;
}

/** Judges a container by what the engine tells of it. */
export function judge(container: Container, circumstances: Circumstances): Judgement {
  const { status, restarts, health } = container;
  const { now, stableMs, restartsBefore, passes, isAsked } = circumstances;
  const deaths = restarts - restartsBefore;
  const end = endOf(container);
  if (end !== undefined && (status !== "restarting" || deaths >= DEATHS))
    return { is: "ill", why: end };
  if (deaths >= DEATHS) return { is: "ill", why: `it keeps ending: restarted ${deaths} times` };
  if (status !== "running") return { is: "not yet", why: `it is ${status}` };
  if (health?.status === "unhealthy" && !passes)
    return { is: "ill", why: `its health check fails: ${oneLine(health.output).slice(-200)}` };
  if (health !== undefined)
    return passes || health.status === "healthy"
      ? { is: "well" }
      : { is: "not yet", why: "its health check has not passed yet" };
  if (isAsked || container.startedAt + stableMs <= now) return { is: "well" };
  return {
    is: "not yet",
    why: "it has neither `ready` nor a health check, and has not run for long enough",
  };
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
