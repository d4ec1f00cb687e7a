import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";
import type { Act } from "../../ports/driver.ts";
import { isFine } from "../docker-trouble.ts";
import { type Answer, identify, type Identity, show } from "../identity.ts";
import { readAnswer } from "./answer.ts";
import { endOf, judge, type Judgement } from "./judge.ts";
import { docker, look, type Machine } from "./machine.ts";
import { milliseconds } from "./options.ts";
import { PROBE } from "./scripts.ts";
import type { Setting } from "./setting.ts";
import { type Container, readClock, readContainers } from "./sight.ts";
import type { StoredPart } from "./stored.ts";

/** A container that was started, and is to be proven. */
export interface Proving {
  readonly machine: Machine;
  readonly part: string;
  readonly stored: StoredPart;
  readonly release: Release;
  /** As it was before it was waited for. */
  readonly container: Container;
  /** Of `clock.monotonic`. */
  readonly deadline: number;
  readonly act: Act;
}

const LOOK_MS = 200;

/**
 * Resolves when a container is well and says the release's name, where it is asked for it; hands it back as it is then.
 * Fault `release-never-healthy`, `release-wrong-identity`.
 */
export async function prove({ clock }: Setting, proving: Proving): Promise<Container> {
  const { deadline, act } = proving;
  let { container } = proving;
  for (;;) {
    const { now, answer, passes } = await probe(proving, container);
    container = now;
    const judgement = judgeAll(proving, { ...now, answer, passes });
    if (judgement.is === "well") return container;
    if (judgement.is === "other") throw notItself(proving, judgement);
    if (judgement.is === "ill" || clock.monotonic() >= deadline)
      throw await neverHealthy(proving, container, judgement);
    await clock.sleep(LOOK_MS, act.signal);
    act.signal.throwIfAborted();
  }
}

type Probed = {
  readonly now: Container & { readonly at: number };
  readonly answer?: Answer;
  readonly passes: boolean;
};

async function probe(
  { machine, stored: { ready }, act, part }: Proving,
  before: Container,
): Promise<Probed> {
  const at = ready && whereAsked(before, ready.port);
  const check = before.health === undefined ? undefined : before.check;
  const told = await look(machine, PROBE, {
    args: [
      before.id,
      at?.address ?? "",
      at === undefined ? "" : String(at.port),
      ready?.get ?? "",
      ready?.host ?? (at ? `${at.address}:${at.port}` : ""),
      check === undefined ? "" : "check",
      ...(check ?? []),
    ],
    act,
    timeoutMs: Math.min(PROBE_MS, act.timeoutMs),
    maxBytes: ANSWER_BYTES,
  });
  const cut = told.stdout.indexOf("\nA\n");
  const head = cut < 0 ? told.stdout : told.stdout.slice(0, cut + 1);
  const [now] = readContainers(head);
  if (now === undefined) throw vanished(part, told.tail);
  const answer = cut < 0 ? undefined : readAnswer(told.stdout.slice(cut + 3));
  return {
    now: { ...now, at: readClock(head) },
    passes: /^H$/m.test(head),
    ...(answer && { answer }),
  };
}

const PROBE_MS = 30_000;
const ANSWER_BYTES = 2_000_000;

/** Where a port of the container is reached on its host: where it is published, else at its own address. */
export function whereAsked(
  { published, address, isHostNetwork, status }: Container,
  port: number,
): { readonly address: string; readonly port: number } | undefined {
  if (status !== "running") return undefined;
  const outside = published[`${port}/tcp`];
  if (outside !== undefined) return outside;
  if (isHostNetwork) return { address: "127.0.0.1", port };
  return address === undefined ? undefined : { address, port };
}

type Verdict = Judgement | { readonly is: "other"; readonly name: string; readonly words: string };

function judgeAll(
  { stored, release, container: before }: Proving,
  now: Container & { readonly at: number } & Pick<Probed, "passes"> & {
      readonly answer: Answer | undefined;
    },
): Verdict {
  const { ready } = stored;
  const engine = judge(now, {
    now: now.at,
    stableMs: milliseconds(stored.stable),
    restartsBefore: before.restarts,
    passes: now.passes,
    isAsked: ready !== undefined,
  });
  if (engine.is === "ill" || ready === undefined) return engine;
  const identity: Identity =
    now.answer === undefined
      ? { is: "unclear", why: `nothing answers at port ${ready.port}` }
      : identify(now.answer, ready, release.name);
  const words = now.answer === undefined ? "" : show(now.answer);
  if (identity.is === "other") return { is: "other", name: identity.name, words };
  if (identity.is === "unclear")
    return { is: "not yet", why: `${identity.why}${words && `: ${words}`}` };
  return engine;
}

function vanished(part: string, tail: string): Fault {
  return new Fault({
    code: "release-never-healthy",
    what: `The container of ${part} is gone.`,
    fix: "See who removes containers there (`docker events`), then run again.",
    detail: tail.slice(-1_000),
  });
}

function notItself(
  { release, part }: Proving,
  { name, words }: { readonly name: string; readonly words: string },
): Fault {
  return new Fault({
    code: "release-wrong-identity",
    what: `${part} of ${release.name} was started, and "${name}" answers.`,
    fix: "Make the image say the release that it was built from, or say in `ready.version` where it does.",
    detail: `last answer: ${words}`,
  });
}

const DETAIL_CHARS = 3_000;

async function neverHealthy(
  { machine, part, release, act }: Proving,
  container: Container,
  judgement: Judgement,
): Promise<Fault> {
  const why = "why" in judgement ? judgement.why : "";
  const told = await docker(machine, ["logs", "--tail", "50", container.id], { act });
  const health = container.health?.output;
  const words = isFine(told) ? told.tail.trim().slice(-DETAIL_CHARS) : "";
  const detail = [words, health && `last health check: ${health}`].filter(Boolean).join("\n");
  return new Fault({
    code: "release-never-healthy",
    what: `${release.name} did not become healthy: ${part}: ${why}.`,
    fix:
      endOf(container) === undefined
        ? "See in its logs what it waits for, or give it more time with `healthy_within`."
        : container.isOutOfMemory
          ? "Let it have more `memory`, or use less."
          : "Mend what its last words name, then run again.",
    ...(detail !== "" && { detail }),
  });
}
