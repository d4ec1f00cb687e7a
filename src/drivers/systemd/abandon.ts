import { Fault } from "../../model/failure.ts";
import type { Act } from "../../ports/driver.ts";
import { ask } from "./ask.ts";
import type { Bringing } from "./activate.ts";
import { ABANDON } from "./host-scripts/take-down.ts";
import type { Setting } from "./setting.ts";

interface Failed extends Bringing {
  readonly error: unknown;
  readonly bring: (setting: Setting, bringing: Bringing) => Promise<void>;
}

/** Faults after which nothing was begun, or nobody can be asked, or a newer owner may want what runs. */
const LEFT_ALONE = new Set([
  "fence-stale",
  "release-not-staged",
  "host-unreachable",
  "host-refused",
  "host-key-changed",
  "host-key-unknown",
  "host-busy",
]);

/** Brings a host back on which a release has failed, and hands back the error with what became of that. */
export async function abandon(setting: Setting, failed: Failed): Promise<unknown> {
  const { error, host } = failed;
  if (!(error instanceof Fault) && !failed.act.signal.aborted) return error;
  if (error instanceof Fault && LEFT_ALONE.has(error.failure.code)) return error;
  const act = unhindered(failed.act);
  try {
    const became = await takeBack(setting, { ...failed, act });
    if (became !== undefined) act.say(`${host.name}: ${became}`);
    return error;
  } catch (reason) {
    if (!(reason instanceof Fault && error instanceof Fault)) return reason;
    const { what, fix } = reason.failure;
    return new Fault({
      ...error.failure,
      what: `${error.failure.what} And the one before could not be brought back: ${what}`,
      fix,
    });
  }
}

async function takeBack(
  setting: Setting,
  { host, release, act, bring }: Failed,
): Promise<string | undefined> {
  const told = await ask(setting, host, { script: ABANDON, env: { ID: release.id }, act });
  const [left, previous] = told.one("left")?.split(" ") ?? [];
  if (left === "down") return "nothing served there before, and nothing does now";
  if (left === "serving") return "the one before goes on serving";
  if (left !== "previous" || previous === undefined) return undefined;
  const name = nameIn(told.one("release")) ?? previous;
  await bring(setting, { host, release: { id: previous, name }, act });
  return `${name} serves again`;
}

function nameIn(packed: string | undefined): string | undefined {
  if (packed === undefined) return undefined;
  const told: unknown = JSON.parse(Buffer.from(packed, "base64").toString("utf8"));
  return typeof told === "object" &&
    told !== null &&
    "name" in told &&
    typeof told.name === "string"
    ? told.name
    : undefined;
}

const TAKE_BACK_MS = 120_000;

/** For taking back: what was cancelled half-way has to be taken back all the more. */
function unhindered(act: Act): Act {
  return { ...act, signal: AbortSignal.timeout(TAKE_BACK_MS), timeoutMs: TAKE_BACK_MS / 2 };
}
