import { defineStep } from "../../ports/step-kind.ts";
import { refuseNoTarget } from "../inside.ts";
import { below, checkoutBefore } from "../places.ts";
import { refuseNoRelease } from "./refusals.ts";
import { buildSpec, type BuildSpec } from "./spec.ts";

/** Builds the images of the release that is to be deployed. */
export const build = defineStep({
  name: "build",
  about: "Builds a target's images from the release's files, labelled with release and commit.",
  spec: buildSpec,
  shorthand: "target",
  streams: { output: "build.log", differences: "reproducible.txt" },
  timeoutMs: 1_800_000,
  effect: () => "idempotent",
  describe: (spec) => `build ${which(spec)} for ${spec.target}${how(spec)}`,
  describeUndo: () => "nothing to take back: images that no release needs are removed in time",
  prepare(spec, preparation) {
    return {
      spec: { ...spec, from: below(checkoutBefore(preparation), spec.from) ?? "." },
      diagnostics: [
        ...refuseNoTarget(spec.target, preparation),
        ...refuseNoRelease("is built", preparation),
      ],
    };
  },
  parts: () => import("./run.ts"),
});

function which({ services }: BuildSpec): string {
  return services === undefined ? "all images" : `the images of ${services.join(", ")}`;
}

function how({ reproducible, no_cache }: BuildSpec): string {
  if (reproducible === "require") return " twice without a cache, and fail where they differ";
  if (reproducible === "check") return " twice without a cache, and list what differs";
  return no_cache ? " without a cache" : "";
}
