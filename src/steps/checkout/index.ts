import { parts } from "../../model/lookup.ts";
import { defineStep } from "../../ports/step-kind.ts";
import { climbs } from "../places.ts";
import { referenceOf, unusable } from "./reference.ts";
import { checkoutSpec } from "./spec.ts";

/** Pins the release to a commit, and puts its files into a folder of their own. */
export const checkout = defineStep({
  name: "checkout",
  about: "Fetches a tag, branch or commit, and puts its files into a clean folder.",
  spec: checkoutSpec,
  shorthand: "tag",
  streams: { fetch: "git_fetch.log", checkout: "git_checkout.log" },
  timeoutMs: 600_000,
  effect: () => "idempotent",
  describe(spec) {
    const { kind, name } = referenceOf(spec);
    return `check out ${kind} ${name}${spec.repo === undefined ? "" : ` of ${spec.repo}`} into a clean folder`;
  },
  // A branch may be anywhere by the time it is fetched, so what it brings can't be told before.
  brings: ({ tag }) => tag,
  describeUndo: () => "nothing to take back: the folder is kept",
  prepare(spec, preparation) {
    const reference = referenceOf(spec);
    const isLiteral = parts(reference.name).every(({ kind }) => kind === "text");
    const why = isLiteral ? unusable(reference) : undefined;
    const diagnostics = [
      ...(why === undefined
        ? []
        : [
            preparation.blame(
              reference.kind,
              `"${reference.name}" can't be a ${reference.kind}: ${why}.`,
              "Correct it.",
            ),
          ]),
      ...(spec.folder !== undefined && climbs(spec.folder)
        ? [
            preparation.blame(
              "folder",
              `${spec.folder} leads out of the repository.`,
              "Write a folder inside it.",
            ),
          ]
        : []),
    ];
    return { spec, diagnostics };
  },
  parts: () => import("./run.ts"),
});
