import { Fault } from "../../../model/failure.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Act } from "../../../ports/driver.ts";
import type { Docker } from "../docker.ts";
import type { Container } from "./containers.ts";

/** Where a proxy leads the requests for a service. */
export interface Lead {
  /** Name of a container; undefined: the service's name. */
  readonly to?: string;
  readonly isPinned: boolean;
}

/** Requests, counted by the proxy itself. */
export interface Tally {
  readonly requests: number;
  /** Those that it answered itself, because the service did not: 502, 503, 504. */
  readonly lost: number;
}

/** A proxy that can be told, without a reload, which container requests go to. */
export interface Proxy {
  /** Fault `switch-not-wired` where its configuration does not ask for what is written by `pin`. */
  check(act: Act): Promise<void>;
  /** Where it leads now. */
  look(containers: readonly Container[], act: Act): Promise<Lead>;
  /** Leads to one container from the next request on, also after a restart. Requests under way stay where they are. */
  pin(to: Container, act: Act): Promise<void>;
  /** Leads to the service's name, as it does on a stack that was never switched. */
  unpin(act: Act): Promise<void>;
  /** Begins to count; what it hands back tells the number since, or undefined where the proxy does not say. */
  count(act: Act): Promise<() => Promise<Tally | undefined>>;
}

/** A proxy's container, and what its commands go through. */
export interface Inside {
  readonly docker: Docker;
  readonly clock: Clock;
  /** Name of the proxy's container. */
  readonly container: string;
  readonly service: string;
}

/** Runs a small shell program in the proxy's container. Its values are arguments, and are never read as a program. */
export async function inside(
  { docker, container }: Inside,
  program: string,
  { values, act }: { readonly values: readonly string[]; readonly act: Act },
): Promise<string> {
  // As root: images run their proxy as somebody who may write nowhere.
  const argv = ["exec", "-u", "0", container, "sh", "-ceu", program, "sh", ...values];
  return docker.run(argv, act, { timeoutMs: ANSWER_MS });
}

const ANSWER_MS = 15_000;

export function notWired({ service, container }: Inside, what: string): Fault {
  return new Fault({
    code: "switch-not-wired",
    what: `${container} can't be told where ${service} is: ${what}.`,
    fix: "Give it the lines of the guide's page compose-switch.md, or take the service out of `switch`.",
  });
}
