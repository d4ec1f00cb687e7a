import type { BucketOptions } from "../options.ts";
import type { Setting } from "../setting.ts";
import type { Site } from "../site.ts";
import { stage, staged } from "./stage.ts";
import { openStore } from "./store.ts";
import { look, show, showAgain } from "./switch.ts";
import { retire, retireAll, settle } from "./tidy.ts";

/** A site in storage with the S3 API, which has no folders and no links: only objects that change one by one. */
export function bucketSite(setting: Setting, options: BucketOptions): Site {
  const store = openStore(setting, options);
  return {
    look: (act) => look(store, act),
    stage: (bundle, act) => stage(store, bundle, act),
    staged: (release, act) => staged(store, release, act),
    show: (manifest, act) => show(store, manifest, act),
    showAgain: (before, act) => showAgain(store, before, act),
    retire: (release, act) => retire(store, release, act),
    retireAll: (act) => retireAll(store, act),
    settle: (act) => settle(store, act),
  };
}
