import { readIfThere, replaceFile } from "../files.ts";
import { readRouting, type Route, type Switch } from "./route.ts";

/** Remembers where the front door leads, on disk first. */
export interface Switchboard {
  route(): Route | undefined;
  /** In force and safe from a crash when it resolves. `stale`: a newer owner has ordered before, nothing was changed. */
  switch(order: Switch): Promise<{ readonly stale?: number }>;
}

export async function openSwitchboard(file: string): Promise<Switchboard> {
  let routing = readRouting(await readIfThere(file));
  let turn: Promise<unknown> = Promise.resolve();

  const carryOut = async ({ route, fence = 0 }: Switch) => {
    if (fence !== 0 && fence < routing.fence) return { stale: routing.fence };
    const next = { ...(route && { route }), fence: Math.max(fence, routing.fence) };
    await replaceFile(file, `${JSON.stringify(next)}\n`);
    routing = next;
    return {};
  };
  return {
    route: () => routing.route,
    switch(order) {
      const done = turn.then(() => carryOut(order));
      turn = done.catch(() => {});
      return done;
    },
  };
}
