import { z } from "zod";
import type { World } from "../../src/engine/world.ts";
import type { Entry, Event, Result } from "../../src/model/event.ts";
import { Fault } from "../../src/model/failure.ts";
import type { Json } from "../../src/model/json.ts";
import type { Effect } from "../../src/model/outcome.ts";
import type { Plan, Step } from "../../src/model/plan.ts";
import { defineStep, type StepKind, type Work } from "../../src/ports/step-kind.ts";
import { virtualClock } from "./virtual-clock.ts";
import { noHosts } from "./no-hosts.ts";

/** Thrown by everything once the power is out. */
export class PowerCut extends Error {}

/** What one simulated step does, outside of the product's sight. */
export interface Behaviour {
  /** Attempts whose act says no, from 1. */
  readonly failsOn?: readonly number[];
  readonly undoFailsOn?: readonly number[];
  readonly takesMs?: number;
}

/** The world outside: it keeps what was done to it, whatever happens to whoever did it. */
export interface Outside {
  /** Every act that took effect, in order: `deploy/do/1`. */
  readonly acts: string[];
  /** Receipts under the key of the attempt. */
  readonly receipts: Map<string, Result>;
  /** Effects now in place, by step. */
  readonly inPlace: Map<string, number>;
  readonly entries: Entry[];
}

/** Counts down at every instant at which a crash would matter. */
export interface Power {
  left: number;
  out: boolean;
  spent: number;
}

export function newOutside(): Outside {
  return { acts: [], receipts: new Map(), inPlace: new Map(), entries: [] };
}

export function power(left = Number.POSITIVE_INFINITY): Power {
  return { left, out: false, spent: 0 };
}

function instant(supply: Power): void {
  if (supply.out) throw new PowerCut();
  supply.spent += 1;
  supply.left -= 1;
  if (supply.left >= 0) return;
  supply.out = true;
  throw new PowerCut();
}

/** A world in which the power can fail before and after each entry and each effect. */
export function simulatedWorld(
  outside: Outside,
  supply: Power,
  behaviours: ReadonlyMap<string, Behaviour>,
): World {
  const kind = simulatedKind(outside, supply, behaviours);
  const blank: unknown = new Proxy(
    { folder: "/runs/1" },
    { get: (t, k) => (k === "folder" ? t.folder : unused) },
  );
  return {
    journal: simulatedJournal(outside, supply),
    clock: virtualClock(Date.UTC(2026, 0, 1) + outside.entries.length * 1000),
    kinds: new Map([["sim", kind]]),
    shell: blank as World["shell"],
    hosts: noHosts,
    http: blank as World["http"],
    load: blank as World["load"],
    browsers: blank as World["browsers"],
    artifacts: blank as World["artifacts"],
    project: "/project",
    store: "/store",
    driver: unused,
    secrets: () => ({}),
  };
}

function unused(): never {
  throw new Error("simulated steps use nothing of this");
}

function simulatedJournal(outside: Outside, supply: Power): World["journal"] {
  return {
    read: async (_run, after = 0) => {
      if (supply.out) throw new PowerCut();
      return outside.entries.slice(after);
    },
    append: async (run, after, events) => {
      instant(supply);
      if (after !== outside.entries.length)
        throw new Fault({ code: "journal-moved", what: "others wrote", fix: "read on" });
      const entries = events.map((event: Event, index): Entry => {
        // Through text, as a real journal would: nothing shared, nothing that JSON cannot say.
        const copy: Event = JSON.parse(JSON.stringify(event)) as Event;
        const at = new Date(Date.UTC(2026, 0, 1) + (after + index) * 1000).toISOString();
        return { run, seq: after + index + 1, at, event: copy, previous: "", hash: "" };
      });
      outside.entries.push(...entries);
      instant(supply);
      return entries;
    },
  };
}

const spec = z.strictObject({
  effect: z.enum(["read", "idempotent", "keyed", "once"]),
  undo: z.boolean(),
  prove: z.boolean(),
});

function simulatedKind(
  outside: Outside,
  supply: Power,
  behaviours: ReadonlyMap<string, Behaviour>,
): StepKind {
  type Spec = z.output<typeof spec>;
  const of = (work: Work<Spec>) => behaviours.get(work.step.id) ?? {};
  const done = (work: Work<Spec>, result: Result) => {
    outside.receipts.set(work.key, result);
    outside.acts.push(work.key.split("/").slice(1).join("/"));
  };
  return defineStep({
    name: "sim",
    about: "Does something to the simulated world.",
    spec,
    effect: (s) => s.effect,
    describe: () => "simulated",
    has: ["settle", "undo", "probe", "prove"],
    parts: async () => ({
      async run(work: Work<Spec>): Promise<Result> {
        instant(supply);
        await work.clock.sleep(of(work).takesMs ?? 0);
        instant(supply);
        const fails = of(work).failsOn?.includes(work.attempt) ?? false;
        const facts: Record<string, Json> = { ran: work.attempt };
        const result: Result = fails
          ? {
              outcome: "failed",
              failure: { code: "sim-failed", what: `${work.key} said no.`, fix: "Nothing." },
            }
          : { outcome: "passed", facts };
        if (work.spec.effect !== "read")
          outside.inPlace.set(work.step.id, (outside.inPlace.get(work.step.id) ?? 0) + 1);
        done(work, result);
        instant(supply);
        return result;
      },
      async settle(work: Work<Spec>) {
        instant(supply);
        return outside.receipts.get(work.key) ?? "never started";
      },
      async undo(work: Work<Spec>): Promise<Result> {
        instant(supply);
        const fails = of(work).undoFailsOn?.includes(work.attempt) ?? false;
        const result: Result = fails
          ? {
              outcome: "failed",
              failure: { code: "undo-failed", what: "The undo said no.", fix: "Mend it." },
            }
          : { outcome: "passed" };
        if (!fails) outside.inPlace.delete(work.step.id);
        done(work, result);
        instant(supply);
        return result;
      },
      async probe(work: Work<Spec>): Promise<Result> {
        instant(supply);
        done(work, { outcome: "passed" });
        return { outcome: "passed" };
      },
      async prove(work: Work<Spec>): Promise<Result> {
        instant(supply);
        done(work, { outcome: "passed" });
        return { outcome: "passed" };
      },
    }),
  });
}

/** A plan of simulated steps. */
export function simulatedPlan(
  steps: readonly (Partial<Step> & {
    id: string;
    effect: Effect;
    undo?: boolean;
    prove?: boolean;
  })[],
): Plan {
  const at = { file: "seaworthy.yaml", line: 1, column: 1 };
  return {
    format: 1,
    project: "simulated",
    name: "deploy",
    about: "",
    environment: { name: "staging", targets: [] },
    targets: {},
    inputs: {},
    secrets: {},
    timeoutMs: 3_600_000,
    log: "run.log",
    steps: steps.map(({ undo = false, prove = false, ...step }, index) => ({
      kind: "sim",
      about: "",
      needs: index === 0 ? [] : [steps[index - 1]?.id ?? ""],
      timeoutMs: 60_000,
      retry: { tries: 1, waitMs: 1000, factor: 2, maxWaitMs: 60_000 },
      onFailure: "roll back",
      onUnknown: "ask",
      save: {},
      hints: [],
      secrets: [],
      keepBytes: 1024,
      at,
      abilities: { undo, prove, evidence: false, accept: false },
      spec: { effect: step.effect, undo, prove },
      ...step,
    })),
  };
}
