import { type Container, isAlive } from "./containers.ts";

/** All that the next move is judged from. Nothing of it is remembered: it is asked of the engine and the proxy each time. */
export interface Seen {
  /** Compose's digest of the service in the release that is to serve. */
  readonly wanted: string;
  /** The oldest first. */
  readonly containers: readonly Container[];
  /** Name of the one container that the proxy leads to; undefined when it leads to the service's name. */
  readonly leads?: string;
  /** Whether the proxy stays with that one when others come, also after a restart. */
  readonly isPinned: boolean;
  /** Ids of containers that have shown that they are ready and of the release. */
  readonly proven: ReadonlySet<string>;
}

export type Move =
  /** No container runs: there is nothing to protect, and bringing the stack up does all. */
  | { readonly do: "leave" }
  /** Only the wanted container is there, and the proxy leads to the service's name. */
  | { readonly do: "done" }
  | { readonly do: "pin"; readonly to: Container }
  | { readonly do: "start"; readonly beside: number }
  | { readonly do: "wait"; readonly for: Container }
  | { readonly do: "lead"; readonly to: Container }
  | { readonly do: "remove"; readonly what: Container }
  | { readonly do: "unpin" };

/**
 * What to do next, judged only from what is there.
 *
 * Pure on purpose: whoever was killed looks again and goes on, and going back is the same with the other release wanted.
 *
 *     at rest ─► pin to the old ─► start the new beside ─► wait until it is ready, by identity ─► lead to the new
 *        ▲                            ▲                            │ it never is                        │
 *        │                     remove leftovers              stop it, unpin: the old serves       drain the old
 *        │                                                                                        remove it
 *        └───────────────────────────── unpin ◄───────────────────────────────────────────────────────┘
 *
 * At rest the proxy leads to the service's name, so that nothing in it depends on a container: it may be made anew, by
 * Compose or by hand, and the proxy may restart. In between the pin keeps requests from a container that is not ready,
 * though it answers to the service's name already. A container that is pinned to is never removed.
 */
export function next(seen: Seen): Move {
  const { containers, wanted, isPinned, leads } = seen;
  const live = serving(seen);
  if (live === undefined) return isPinned ? { do: "unpin" } : { do: "leave" };
  const meant = live.hash === wanted ? live : newest(containers, wanted);
  const other = containers.find(({ id }) => id !== live.id && id !== meant?.id);
  if (live === meant && other === undefined) return { do: isPinned ? "unpin" : "done" };
  if (!isPinned || leads !== live.name) return { do: "pin", to: live };
  if (other !== undefined) return { do: "remove", what: other };
  if (meant === undefined) return { do: "start", beside: containers.length };
  return seen.proven.has(meant.id) ? { do: "lead", to: meant } : { do: "wait", for: meant };
}

/** The container that requests go to: where the proxy leads, or the oldest one that is well. */
function serving({ containers, leads }: Seen): Container | undefined {
  const alive = containers.filter(isAlive);
  const well = alive.find(({ health, state }) => state === "running" && isWell(health));
  return alive.find(({ name }) => name === leads) ?? well ?? alive[0];
}

function isWell(health: string | undefined): boolean {
  return health === undefined || health === "healthy";
}

/** One that ended is of no use any more: a fresh one takes its place. */
function newest(containers: readonly Container[], wanted: string): Container | undefined {
  return containers.findLast((one) => one.hash === wanted && isAlive(one));
}
