import type { Release } from "../../model/release.ts";
import type { Act } from "../../ports/driver.ts";
import { onAll } from "../rollout.ts";
import { ask } from "./ask.ts";
import { DOWN } from "./host-scripts/take-down.ts";
import { FORGET } from "./host-scripts/show.ts";
import { checkedId, rolling, type Setting } from "./setting.ts";
import { type Known, statusOf } from "./status.ts";

/** Removes the files of a release that does not serve, unless it was accepted once. Fault `release-serves`. */
export async function retire(setting: Setting, release: Release, act: Act): Promise<void> {
  await onAll(rolling(setting, `Retiring ${release.name}`), (name) =>
    forget(setting, { name, ids: [checkedId(release.id)], onlyUnaccepted: true, act }),
  );
}

/** Makes the target fresh again on every host; what outlives releases stays. */
export function retireAll(setting: Setting, act: Act): Promise<void> {
  return down(setting, { what: "Removing everything", everything: true, act });
}

/** Stops every unit; files stay. */
export function stop(setting: Setting, act: Act): Promise<void> {
  return down(setting, { what: "Stopping", everything: false, act });
}

async function down(
  setting: Setting,
  { what, everything, act }: { what: string; everything: boolean; act: Act },
): Promise<void> {
  const env = { EVERYTHING: everything ? "yes" : "" };
  await onAll(rolling(setting, what), (name) =>
    ask(setting, setting.hosts.host(name), { script: DOWN, env, act }),
  );
}

/** Accepts what serves, and forgets releases beyond `keep` on every host. */
export async function settle(setting: Setting, act: Act): Promise<void> {
  const all = await statusOf(setting, act, { accept: true });
  await onAll(rolling(setting, "Tidying up"), async (name) => {
    const status = all.get(name);
    const { serving, known = [] } = status ?? {};
    if (serving === undefined) return;
    const ids = beyond(known, serving.id, setting.options.keep);
    if (ids.length > 0) await forget(setting, { name, ids, onlyUnaccepted: false, act });
  });
}

/** Which releases to forget: beyond `keep`, never the serving one nor the accepted one before it. */
export function beyond(known: readonly Known[], serving: string, keep: number): readonly string[] {
  const others = known
    .filter(({ id }) => id !== serving)
    .toSorted((a, b) => b.servedAt - a.servedAt);
  const previous = others.find(({ accepted, servedAt }) => accepted && servedAt > 0);
  const ordered = previous ? [previous, ...others.filter((each) => each !== previous)] : others;
  return ordered.slice(keep - 1).map(({ id }) => id);
}

async function forget(
  setting: Setting,
  {
    name,
    ids,
    onlyUnaccepted,
    act,
  }: { name: string; ids: readonly string[]; onlyUnaccepted: boolean; act: Act },
): Promise<void> {
  const env = { IDS: ids.join(" "), ONLY_UNACCEPTED: onlyUnaccepted ? "yes" : "" };
  const told = await ask(setting, setting.hosts.host(name), { script: FORGET, env, act });
  for (const id of told.all("forgot")) act.say(`${name}: ${id} is forgotten`);
}
