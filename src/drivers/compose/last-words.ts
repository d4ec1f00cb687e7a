import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { isMissing } from "../../lib/error-code.ts";
import type { Act } from "../../ports/driver.ts";
import { type Container, containerIds } from "./containers.ts";
import { isFine } from "../docker-trouble.ts";
import { logsTold } from "./log-lines.ts";
import type { Setting } from "./setting.ts";
import type { Layout } from "./stored.ts";

/** The log of a container that is gone. */
export interface LastWords {
  readonly service: string;
  readonly release?: string;
  /** Of the container. */
  readonly id: string;
  /** Absolute. */
  readonly file: string;
}

const MOST_BYTES = 16 * 1024 * 1024;
const MOST_LINES = "100000";
const MOST_KEPT = 10;
/** The log of a container that is gone ends at once: longer nobody waits for it. */
const OVER_MS = 2_000;

/**
 * Follows the logs of all containers until a release is in place: Compose removes those that it replaces, and what they
 * said with them. Which these are it decides itself: one that did not change goes along with one that it depends on.
 */
export function keepLastWords(
  setting: Setting,
  { before, act }: { before: readonly Container[]; act: Act },
): { over(): Promise<void> } {
  const following = before.map((container) => {
    const enough = new AbortController();
    const signal = AbortSignal.any([act.signal, enough.signal]);
    return { id: container.id, enough, end: follow(setting, container, { ...act, signal }) };
  });
  return {
    async over() {
      const stay = (ids: readonly string[]) =>
        following.filter(({ id }) => ids.includes(id)).forEach(({ enough }) => enough.abort());
      // Nobody can say who is there when the engine is away or the run is cancelled: then they are all waited for.
      stay(await containerIds(setting, act).catch(() => []));
      const timer = setTimeout(() => stay(before.map(({ id }) => id)), OVER_MS);
      await Promise.all(following.map(({ end }) => end));
      clearTimeout(timer);
    },
  };
}

/** Every log that was kept, the oldest first. */
export async function lastWords({ logs }: Layout): Promise<readonly LastWords[]> {
  const names = await readdir(logs).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  return names
    .toSorted((a, b) => (a < b ? -1 : 1))
    .flatMap((name): LastWords[] => {
      const [, service = "", release = "", id] = name.replace(/\.log$/, "").split("~");
      if (id === undefined) return [];
      return [{ service, ...(release !== "" && { release }), id, file: path.join(logs, name) }];
    });
}

/** Those of no release go with none: of each service the newest stay. */
export async function tidyWords(layout: Layout): Promise<void> {
  const kept = new Map<string, number>();
  const ofNone = (await lastWords(layout)).filter(({ release }) => release === undefined);
  for (const words of ofNone.toReversed()) {
    const many = (kept.get(words.service) ?? 0) + 1;
    kept.set(words.service, many);
    if (many > MOST_KEPT) await forgetWords(words);
  }
}

export async function forgetWords(words: LastWords): Promise<void> {
  await rm(words.file, { force: true });
}

async function follow(setting: Setting, container: Container, act: Act): Promise<void> {
  const { service, release = "", id, startedAt } = container;
  const flags = ["--follow", "--tail", MOST_LINES];
  try {
    const told = await logsTold(setting, { id, flags, maxBytes: MOST_BYTES }, act);
    if (!isFine(told)) return;
    await mkdir(setting.layout.logs, { recursive: true, mode: 0o700 });
    const name = [String(startedAt || 0).padStart(14, "0"), service, release, id].join("~");
    await writeFile(path.join(setting.layout.logs, `${name}.log`), told.stdout, { mode: 0o600 });
  } catch {
    // It is still there, or nobody wants it any more. What is not kept is said to be lost when it is asked for.
  }
}
