import { expect, test } from "vitest";
import type { Container } from "./containers.ts";
import { next, type Seen } from "./decide.ts";

function container(name: string, hash: string, state = "running", health = "healthy"): Container {
  return {
    id: `id-${name}`,
    name,
    hash,
    state,
    health,
    exitCode: 0,
    restarts: 0,
    createdAt: name,
    addresses: [`172.20.0.${name.slice(-1)}`],
  };
}

const old = container("web-1", "v1");
const fresh = container("web-2", "v2", "running", "starting");
const broken = container("web-2", "v2", "exited", "unhealthy");
const nobody: ReadonlySet<string> = new Set();

const rest = { isPinned: false, wanted: "v2", proven: nobody };
const pinned = { ...rest, isPinned: true, leads: old.name };

test.each<[string, Seen, string]>([
  ["leaves a service that does not run to bringing up", { ...rest, containers: [] }, "leave"],
  ["leaves one that ended to bringing up", { ...rest, containers: [broken] }, "leave"],
  ["frees a proxy of a container that is gone", { ...pinned, containers: [] }, "unpin"],
  ["pins before anything else comes", { ...rest, containers: [old] }, "pin web-1"],
  ["starts one beside the old one", { ...pinned, containers: [old] }, "start"],
  ["waits for the new one", { ...pinned, containers: [old, fresh] }, "wait web-2"],
  [
    "leads to the new one once it is proven",
    { ...pinned, containers: [old, fresh], proven: new Set([fresh.id]) },
    "lead web-2",
  ],
  [
    "removes the old one when nothing leads to it",
    { ...pinned, leads: fresh.name, containers: [old, fresh] },
    "remove web-1",
  ],
  ["frees the proxy at last", { ...pinned, leads: fresh.name, containers: [fresh] }, "unpin"],
  ["finds nothing to do", { ...rest, containers: [{ ...old, hash: "v2" }] }, "done"],
  [
    "starts afresh where a failed one was left",
    { ...pinned, containers: [old, broken] },
    "remove web-2",
  ],
  [
    "keeps the old one and removes the new one on the way back",
    { ...pinned, wanted: "v1", containers: [old, fresh] },
    "remove web-2",
  ],
  [
    "pins to the old one on the way back when it was killed before",
    { ...rest, wanted: "v1", containers: [old, broken] },
    "pin web-1",
  ],
  [
    "pins to one that is well where several run by hand",
    { ...rest, containers: [container("web-0", "v1", "restarting"), old] },
    "pin web-1",
  ],
])("%s", (_, seen, expected) => {
  const move = next(seen);
  const about =
    "to" in move ? move.to : "for" in move ? move.for : "what" in move ? move.what : undefined;
  expect([move.do, about?.name].filter(Boolean).join(" ")).toBe(expected);
});

/** A stack in memory; each move is one change of it, so that it can be cut anywhere. */
class Stack {
  containers: Container[] = [container("web-1", "v1")];
  leads: string | undefined;
  #made = 1;

  /** One who looks anew each time, until there is nothing to do or the power goes. */
  activate(
    wanted: string,
    { mostMoves, isSick = false }: { mostMoves: number; isSick?: boolean },
  ): boolean {
    const proven = new Set<string>();
    for (let moves = 0; moves < mostMoves; moves++) {
      const move = next({
        wanted,
        containers: this.containers,
        ...(this.leads !== undefined && { leads: this.leads }),
        isPinned: this.leads !== undefined,
        proven,
      });
      if (move.do === "done") return true;
      if (move.do === "leave") throw new Error("nothing runs any more");
      if (move.do === "pin" || move.do === "lead") this.leads = move.to.name;
      if (move.do === "unpin") this.leads = undefined;
      if (move.do === "start")
        this.containers.push(container(`web-${++this.#made}`, wanted, "running", "starting"));
      if (move.do === "remove")
        this.containers = this.containers.filter(({ id }) => id !== move.what.id);
      if (move.do === "wait" && isSick) {
        this.containers = this.containers.map((one) =>
          one.id === move.for.id ? { ...one, state: "exited" } : one,
        );
        this.leads = undefined;
        return false;
      }
      if (move.do === "wait") {
        this.containers = this.containers.map((one) =>
          one.id === move.for.id ? { ...one, health: "healthy" } : one,
        );
        proven.add(move.for.id);
      }
      this.#serves();
    }
    return false;
  }

  /** Every container that requests may come to now is there and is ready. */
  #serves(): void {
    const met =
      this.leads === undefined
        ? this.containers.filter(({ state }) => state === "running")
        : this.containers.filter(({ name }) => name === this.leads);
    expect(met.length, JSON.stringify(this)).toBeGreaterThan(0);
    expect(met.map(({ state, health }) => `${state} ${health}`)).toEqual(
      met.map(() => "running healthy"),
    );
  }
}

const CUTS = Array.from({ length: 13 }, (_, moves) => moves);
const ORDERS = [
  ["v2", "v2", "v2"],
  ["v2", "v1", "v1"],
  ["v2", "v1", "v2"],
  ["v2", "v3", "v1"],
] as const;

test("cut twice anywhere, for whichever release, it ends with one release and never leads to none", () => {
  const ways = CUTS.flatMap((first) =>
    CUTS.flatMap((second) =>
      ORDERS.flatMap((order) => [true, false].map((isSick) => ({ first, second, order, isSick }))),
    ),
  );
  for (const { first, second, order, isSick } of ways) {
    const stack = new Stack();
    const [one, two, last] = order;
    stack.activate(one, { mostMoves: first, isSick });
    stack.activate(two, { mostMoves: second });
    expect(stack.activate(last, { mostMoves: 50 })).toBe(true);
    const left = stack.containers.map(({ hash, health }) => `${hash} ${health}`);
    expect([left, stack.leads]).toEqual([[`${last} healthy`], undefined]);
  }
  expect(ways.length).toBe(13 * 13 * 8);
});
