import { Fault } from "../../model/failure.ts";
import type { Act } from "../../ports/driver.ts";
import { isFine, trouble } from "../docker-trouble.ts";
import { look, type Machine } from "./machine.ts";
import { MOVE } from "./scripts.ts";
import type { Setting } from "./setting.ts";
import { type Container, refuseStale } from "./sight.ts";
import type { StoredPart } from "./stored.ts";

/** One change of a container: what, its id, how. Each may be done again. */
export type Move = readonly [
  "rename" | "policy" | "start" | "stop" | "remove" | "untag",
  string,
  string,
];

/** Ends a container and gives the name away that it has as the serving one. It stays what it is, for the way back. */
export function outOfTheWay(old: Container, seconds: number): readonly Move[] {
  return [...quiet(old), ...renamed(old), ...ended(old, seconds)];
}

/** What ends again and again can't be renamed between two of its starts. */
function quiet(old: Container): readonly Move[] {
  return old.status === "restarting" ? ended(old, 1) : [];
}

export function renamed(old: Container): readonly Move[] {
  return old.name === old.ownName ? [] : [["rename", old.id, old.ownName]];
}

/**
 * The policy goes after the end: should the machine lose its power in between, the old one may come back, which is
 * better than none. Afterwards it must not: `always`, and `on-failure` after a KILL, start even what was stopped by hand.
 */
export function ended(old: Container, seconds: number): readonly Move[] {
  return [
    ["stop", old.id, String(seconds)],
    ["policy", old.id, "no"],
  ];
}

/** Starts a container with what docker does when it ends. */
export function begun(id: string, { restart }: Pick<StoredPart, "restart">): readonly Move[] {
  return [
    ["policy", id, restart],
    ["start", id, ""],
  ];
}

/** Replaces what serves as `part`: nothing that takes time stands between the end of the old and the start of the new. */
export function swap(
  part: string,
  { next, olds, stored }: { next: Container; olds: readonly Container[]; stored: StoredPart },
): readonly Move[] {
  const { id } = next;
  return [
    ...olds.flatMap((old) => [...quiet(old), ...renamed(old)]),
    ...(next.name === part ? [] : [["rename", id, part] as const]),
    ["policy", id, stored.restart],
    ...olds.map((old): Move => ["stop", old.id, String(stored.stopSeconds)]),
    ["start", id, ""],
    ...olds.map((old): Move => ["policy", old.id, "no"]),
  ];
}

/** Does them in their order, in one go. Fault `fence-stale`, `port-taken`. */
export async function make(
  { owner, fence }: Setting,
  machine: Machine,
  { moves, act }: { moves: readonly Move[]; act: Act },
): Promise<void> {
  if (moves.length === 0) return;
  const told = await look(machine, MOVE, {
    args: [machine.folder, fence === undefined ? "" : String(fence), ...moves.flat()],
    act,
    timeoutMs: act.timeoutMs + MOVES_MS,
  });
  refuseStale(told.stdout, fence);
  if (!isFine(told)) throw refused(owner, told);
}

/** On top of the time in which a release must be well: an old container's end, and a slow engine, are not its doing. */
const MOVES_MS = 120_000;

// https://github.com/moby/libnetwork/blob/master/portallocator/portallocator.go, and the kernel's own words
const TAKEN =
  /(?:bind for |listen \w+ )([^\s]+?):?\s*(?:failed: port is already allocated|bind: address already in use)/i;

function refused(owner: string, told: Parameters<typeof trouble>[0]): Fault {
  const taken = TAKEN.exec(told.tail)?.[1];
  if (taken === undefined) return new Fault(trouble(told, `Replacing containers of ${owner}`));
  return new Fault({
    code: "port-taken",
    what: `The port ${taken} is taken on the host.`,
    fix: "See who has it (`docker ps`, `ss -ltnp`), end that, or publish another port.",
    detail: told.tail.trim().slice(-1_000),
  });
}
