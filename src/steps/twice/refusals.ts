import type { Diagnostic } from "../../model/diagnostic.ts";
import { literal } from "../../model/lookup.ts";
import type { Preparation } from "../../ports/step-kind.ts";
import { readScenario } from "../../scenario/read.ts";
import { refuseUnknownPlace } from "../inside.ts";
import { refusePlace, refuseSpliced } from "../own-command.ts";
import { climbs } from "../places.ts";
import type { Look, TwiceSpec } from "./spec.ts";

const RUN_NAMES = ["release.id", "release.name", "release.commit"];

/** Reads the scenarios into the spec, and refuses what can't work or compares nothing. */
export function prepareTwice(
  given: TwiceSpec,
  preparation: Preparation,
): { spec: TwiceSpec; diagnostics: readonly Diagnostic[] } {
  const diagnostics = [
    ...refuseSpliced([["script", given.script]], preparation),
    ...refusePlace(given, preparation),
  ];
  const same = given.same.map((look, index) => {
    const refuse = (key: string, what: string, fix: string) =>
      void diagnostics.push(preparation.blame(`same.${index}.${key}`, what, fix));
    refuseMisfits(look, refuse);
    diagnostics.push(...refuseLookPlaces(look, `same.${index}`, preparation));
    return look.scenario === undefined ? look : readIn(look, { preparation, refuse, diagnostics });
  });
  if (given.runs === 1 && preparation.before.length === 0)
    diagnostics.push(
      preparation.blame(
        undefined,
        "No step before this one has done it a first time.",
        "Put that step before it, or say `runs: 2`.",
      ),
    );
  return { spec: { ...given, same }, diagnostics };
}

type Refuse = (key: string, what: string, fix: string) => void;

function refuseMisfits(look: Look, refuse: Refuse): void {
  const { sqlite, postgres, tables, content, query, scenario, with: values } = look;
  for (const [key, set] of Object.entries({ tables, content, query }))
    if (set !== undefined && sqlite === undefined && postgres === undefined)
      refuse(
        key,
        `"${key}" is for \`sqlite\` or \`postgres\`, and neither is given.`,
        "Leave it out.",
      );
  if (look.in !== undefined && look.command === undefined)
    refuse("in", '"in" is for `command`, which is not given.', "Leave it out.");
  if (values !== undefined && scenario === undefined)
    refuse("with", '"with" is for `scenario`, which is not given.', "Leave it out.");
  if (query !== undefined && (tables !== undefined || content !== undefined))
    refuse("query", "A query says itself what it looks at.", "Leave `tables` and `content` out.");
  if (query !== undefined && !/^\s*(?:select|with|values)\b/i.test(query))
    refuse("query", "Only a SELECT looks and changes nothing.", "Write `select count(*) from …`.");
  if (sqlite !== undefined && climbs(sqlite))
    refuse(
      "sqlite",
      `${sqlite} leads out of the project.`,
      "Write a path inside, or an absolute one.",
    );
}

function refuseLookPlaces(
  { postgres, in: where }: Look,
  key: string,
  preparation: Preparation,
): readonly Diagnostic[] {
  return [
    ...refuseBareName(postgres?.password, `${key}.postgres.password`, preparation),
    ...refuseUnknownPlace(postgres?.in, preparation, `${key}.postgres.in`),
    ...(where === "here" ? [] : refuseUnknownPlace(where, preparation, `${key}.in`)),
  ];
}

/** Its own name would be taken for the password itself. */
function refuseBareName(
  password: string | undefined,
  key: string,
  preparation: Preparation,
): readonly Diagnostic[] {
  if (password === undefined || !preparation.names?.includes(password)) return [];
  return [
    preparation.blame(
      key,
      `"${password}" is the name of a secret, not what is in it.`,
      `Write \`"\${${password}}"\`.`,
    ),
  ];
}

function readIn(
  given: Look,
  {
    preparation,
    refuse,
    diagnostics,
  }: { preparation: Preparation; refuse: Refuse; diagnostics: Diagnostic[] },
): Look {
  const { text: _, path: __, ...clean } = given;
  const { scenario = "" } = clean;
  const file = preparation.read(scenario);
  if (file === undefined) {
    refuse(
      "scenario",
      `There is no file ${scenario} beside the project file.`,
      "Correct the name, or write it there.",
    );
    return clean;
  }
  const known = preparation.names && [
    ...preparation.names,
    ...Object.keys(clean.with ?? {}),
    ...RUN_NAMES,
  ];
  const read = readScenario(file.text, file.path, known && { known });
  diagnostics.push(...read.diagnostics);
  if (read.ok && read.value.steps.every(({ captures }) => captures.length === 0))
    refuse(
      "scenario",
      `${scenario} captures nothing, so nothing could be compared.`,
      "Capture the counts that must be the same.",
    );
  // The text has look-ups of its own, which are not the plan's to answer.
  return { ...clean, text: literal(file.text), path: file.path };
}
