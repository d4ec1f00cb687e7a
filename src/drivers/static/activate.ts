import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";
import type { Act } from "../../ports/driver.ts";
import type { Manifest } from "./manifest.ts";
import { purge } from "./purge.ts";
import type { Setting } from "./setting.ts";
import type { Site, Standing } from "./site.ts";
import { verify } from "./verify.ts";

const TAKE_BACK_MS = 120_000;

/**
 * Makes a release the one that people get.
 *
 *     proven in place ─► shown ─► caches told ─► asked for from outside
 *                          └──────────┬─────────────────┘
 *               what was shown before, caches told again
 */
export async function activate(
  setting: Setting,
  site: Site,
  { release, act }: { release: Release; act: Act },
): Promise<void> {
  const [manifest, before] = await Promise.all([site.staged(release, act), site.look(act)]);
  try {
    await site.show(manifest, act);
    await purge(setting, manifest, act);
    await verify(setting, manifest, act);
  } catch (error) {
    await takeBack(setting, site, { manifest, before, error, act });
    throw error;
  }
}

interface Failed {
  readonly manifest: Manifest;
  readonly before: readonly Standing[];
  readonly error: unknown;
  readonly act: Act;
}

/** What is wrong here is said and does not hide the failure that led to it; the way back is asked for again by whoever gave the order. */
async function takeBack(setting: Setting, site: Site, failed: Failed): Promise<void> {
  const { manifest, before, error } = failed;
  // A newer owner may want this very release.
  if (error instanceof Fault && error.failure.code === "fence-stale") return;
  const { id } = manifest.release;
  if (before.length > 0 && before.every(({ release }) => release?.id === id)) return;
  // An order that was cancelled half-way has to be taken back all the more.
  const act: Act = {
    ...failed.act,
    signal: AbortSignal.timeout(TAKE_BACK_MS),
    timeoutMs: TAKE_BACK_MS,
  };
  try {
    await site.showAgain(before, act);
    const [first] = before.flatMap(({ release }) => release ?? []);
    if (first !== undefined) await purge(setting, await site.staged(first, act), act);
    act.say(first === undefined ? "nothing is shown, as before" : `${first.id} is shown again`);
  } catch (reason) {
    act.say(`${id} could not be taken back: ${String(reason)}`);
  }
}
