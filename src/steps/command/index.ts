import { compilePattern } from "../../lib/pattern.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { defineStep, type Preparation } from "../../ports/step-kind.ts";
import { refuseUnknownPlace } from "../inside.ts";
import { fromCheckout, refusePlace, refuseSpliced, sayWith } from "../own-command.ts";
import { commandSpec, type CommandSpec, undoing } from "./spec.ts";

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
  describe: (spec) => `run ${sayWith(spec, spec)}`,
  describeUndo(spec) {
    if (isTakenBack(spec.undo)) return `run ${sayWith(undoing(spec), spec.undo ?? {})}`;
    if (spec.undo?.none !== undefined) return spec.undo.none;
    return spec.effect === "read" ? "nothing to take back: it only looks" : "no way back is given";
  },
  prepare(spec, preparation) {
    return {
      spec: fromCheckout(spec, preparation),
      diagnostics: [
        ...refuseSpliced(
          [
            ["script", spec.script],
            ["undo.script", spec.undo?.script],
          ],
          preparation,
        ),
        ...refusePlace(spec, preparation),
        ...refuseUnknownPlace(spec.undo?.in, preparation, "undo.in"),
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
