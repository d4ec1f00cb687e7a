import { compilePattern } from "../../lib/pattern.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { defineStep, type Preparation } from "../../ports/step-kind.ts";
import { nameOf, refuseOutside, refuseSpliced } from "../own-command.ts";
import { below, checkoutBefore } from "../places.ts";
import { commandSpec, type CommandSpec } from "./spec.ts";

/** Runs a command of the project's own, once. */
export const command = defineStep({
  name: "command",
  about: "Runs a command or a script of the project's own, and judges how it ended.",
  spec: commandSpec,
  shorthand: "run",
  streams: { output: "command.log", undo: "command_undo.log" },
  // Values spliced into a script would be run by the shell; `${X}` in it is the shell's own.
  verbatim: ["script", "undo.script"],
  effect: ({ effect }) => effect,
  abilities: ({ undo: way }) => ({ undo: isTakenBack(way) }),
  describe: (spec) => `run ${nameOf(spec, spec)}`,
  describeUndo(spec) {
    if (isTakenBack(spec.undo)) return `run ${nameOf(spec, spec.undo ?? {})}`;
    if (spec.undo?.none !== undefined) return spec.undo.none;
    return spec.effect === "read" ? "nothing to take back: it only looks" : "no way back is given";
  },
  prepare(spec, preparation) {
    const cwd = below(checkoutBefore(preparation), spec.cwd);
    return {
      spec: { ...spec, ...(cwd !== undefined && { cwd }) },
      diagnostics: [
        ...refuseSpliced(
          [
            ["script", spec.script],
            ["undo.script", spec.undo?.script],
          ],
          preparation,
        ),
        ...refuseOutside(spec.cwd, preparation),
        ...refuseAlwaysFound(spec, preparation),
      ],
    };
  },
  has: ["settle", "undo"],
  parts: () => import("./run.ts"),
});

function isTakenBack(way: CommandSpec["undo"]): boolean {
  return way?.run !== undefined || way?.script !== undefined;
}

/** `(ok)*` is found in whatever is printed. */
function refuseAlwaysFound(
  { expect }: CommandSpec,
  preparation: Preparation,
): readonly Diagnostic[] {
  return (expect.output_has ?? []).flatMap((text) => {
    const compiled = compilePattern(text);
    const isAlways =
      compiled.ok && ["", "x", "some words\n"].every((output) => compiled.pattern.isIn(output));
    if (!isAlways) return [];
    const what = `/${text}/ is found in every output, even an empty one.`;
    return [
      preparation.blame(
        "expect.output_has",
        what,
        "Write a pattern that only the awaited output has.",
      ),
    ];
  });
}
