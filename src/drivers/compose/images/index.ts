import type { Images } from "../../../ports/images.ts";
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
    build: (release, order, act) => build(yard, { release, order }, act),
    compare: (first, second, act) => compare(yard, [first, second], act),
    weigh: (images, act) => weigh(yard, images, act),
    push: (release, who, act) => push(yard, { release, who }, act),
    send: (release, engine, act) => send(yard, { release, engine }, act),
    prune: (act) => prune(yard, act),
  };
}
