import { isAbsolute } from "node:path";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Preparation } from "../../ports/step-kind.ts";
import { isHost, showPlace } from "../inside.ts";
import { refusePlace } from "../own-command.ts";
import { climbs } from "../places.ts";
import type { TestsSpec } from "./spec.ts";

/** The spec with the baseline's file read into it. */
export function completed(
  spec: TestsSpec,
  preparation: Preparation,
): { readonly spec: TestsSpec; readonly diagnostics: readonly Diagnostic[] } {
  const { baseline } = spec;
  if (baseline?.file === undefined) return { spec, diagnostics: [] };
  const found = preparation.read(baseline.file);
  if (found === undefined)
    return {
      spec,
      diagnostics: [
        preparation.blame(
          "baseline.file",
          `There is no file ${baseline.file} beside the project file.`,
          "Write the names of the tests that may fail into it, one on each line.",
        ),
      ],
    };
  const names = found.text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const may_fail = [...(baseline.may_fail ?? []), ...names];
  return { spec: { ...spec, baseline: { ...baseline, may_fail } }, diagnostics: [] };
}

/** What can't work, or can't fail. */
export function refusals(spec: TestsSpec, preparation: Preparation): readonly Diagnostic[] {
  const blame: Preparation["blame"] = (...words) => preparation.blame(...words);
  const { baseline, report, at_least, critical } = spec;
  const outside = report.filter((place) => !isAbsolute(place) && climbs(place));
  const known = baseline?.may_fail?.length ?? 0;
  const expected = baseline === undefined ? 0 : baseline.of - baseline.passed - spec.skipped;
  return [
    ...refusePlace(spec, preparation),
    ...refuseInside(spec, preparation),
    ...outside.map((place) =>
      blame(
        "report",
        `${place} leads out of the folder.`,
        "Write a path inside, or an absolute one.",
      ),
    ),
    ...(baseline !== undefined && known < expected
      ? [
          blame(
            "baseline",
            `${expected} tests may fail, and ${known} are named.`,
            "Name each of them in `may_fail` or in a file: another one that fails is a new failure.",
          ),
        ]
      : []),
    ...(baseline !== undefined && baseline.passed === 0
      ? [blame("baseline.passed", "Nothing would have to pass.", "Write how many must pass.")]
      : []),
    ...(spec.failed > 0 && spec.failed >= (baseline?.of ?? at_least) && critical === undefined
      ? [
          blame(
            "failed",
            `All tests may fail: ${spec.failed} of at least ${baseline?.of ?? at_least}.`,
            "Say with `at_least` how many there are, or name those that may fail in a `baseline`.",
          ),
        ]
      : []),
  ];
}

/** Reports that nobody could fetch. */
function* refuseInside(spec: TestsSpec, preparation: Preparation): Generator<Diagnostic> {
  const { in: where, report, cwd } = spec;
  if (where === undefined) return;
  if (!isHost(where) && where.as === "fresh")
    yield preparation.blame(
      "in",
      "A part that is made for the suite alone goes away with the report in it.",
      "Run it in the part as it runs: `in: stack/web`.",
    );
  for (const place of report)
    if (cwd === undefined && !isAbsolute(place) && !place.startsWith("${"))
      yield preparation.blame(
        "report",
        `${place} is relative, and nothing says to which folder of ${showPlace(where)}.`,
        "Write an absolute path, or give the folder as `cwd`.",
      );
}
