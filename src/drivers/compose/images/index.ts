import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { isMissing } from "../../../lib/error-code.ts";
import type { Images } from "../../../ports/images.ts";
import { passFence } from "../fence.ts";
import { build } from "./build.ts";
import { compare } from "./compare.ts";
import { prune } from "./prune.ts";
import { push } from "./push.ts";
import { send } from "./send.ts";
import { weigh } from "./weigh.ts";
import type { Yard } from "./yard.ts";

/** What a stack can do with its images. */
export function imagesOf(yard: Yard): Images {
  return {
    async build(release, order, act) {
      await enter(yard);
      return build(yard, { release, order }, act);
    },
    compare: (first, second, act) => compare(yard, [first, second], act),
    weigh: (images, act) => weigh(yard, images, act),
    async push(release, who, act) {
      await enter(yard);
      return push(yard, { release, who }, act);
    },
    async send(release, engine, act) {
      await enter(yard);
      return send(yard, { release, engine }, act);
    },
    async prune(act) {
      await enter(yard);
      return prune(yard, act);
    },
  };
}

/** Nobody else is at work on this target, so what a crash left of an earlier one is nobody's. */
async function enter({ setting, folder }: Yard): Promise<void> {
  await passFence(setting.layout.fence, setting.fence);
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  for (const name of names.filter((each) => /^(?:saved|sign-in)-/.test(each)))
    await rm(path.join(folder, name), { recursive: true, force: true });
}
