import { json, type Scene, type Trap } from "./trap.ts";

export const file = (steps: string, head = ""): Pick<Scene, "files"> => ({
  files: { "s.scenario.yaml": `scenario: Shop\n${head}steps:\n${steps.replaceAll(/^/gm, "  ")}\n` },
});

export interface Parts {
  readonly steps: string;
  readonly head?: string;
  readonly beside?: Readonly<Record<string, string>>;
  readonly serve?: Scene["serve"];
  readonly certificate?: NonNullable<Scene["certificate"]>;
}

export const scene = ({ steps, head = "", beside = {}, ...rest }: Parts): Scene => ({
  steps: "- scenario: s.scenario.yaml",
  files: { ...file(steps, head).files, ...beside },
  ...rest,
});

/** A trap whose scenario is the same on both sides unless the honest one has its own. */
export const scenario = (
  name: string,
  naive: string,
  sides: { readonly trap: Parts; readonly honest: Partial<Parts> },
  says: Trap["says"],
): Trap => ({
  check: "scenario",
  name,
  naive,
  trap: scene(sides.trap),
  honest: scene({ ...sides.trap, ...sides.honest }),
  says,
});

/** One request, with what is said of it. */
export const one = (rest: string): string => `- { name: Read, get: /items, ${rest} }`;
export const ITEMS = json({ state: "done", id: 7, items: [{ id: 1, price: 5 }] });
export const MISSED = "failed scenario-not-as-expected";
export const CANNOT = "error scenario-cannot-judge";
