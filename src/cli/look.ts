import type { Workplace } from "../actions/workplace.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { EXIT } from "../model/exit.ts";
import type { Bridge, Common } from "./command.ts";
import { endWith } from "./failures.ts";

/** What a looking command found: for people and, as one document, for machines. */
export interface Found {
  readonly text: string;
  readonly json: unknown;
  /** 0 when left out. */
  readonly exit?: number;
}

/** Opens the project, looks, and prints what was found in the form that was asked for. */
export function look(
  bridge: Bridge,
  common: Common,
  find: (workplace: Workplace) => Promise<Found>,
): Promise<number> {
  return print(bridge, common, async () => {
    await using workplace = await bridge.open(common);
    return await find(workplace);
  });
}

/** The same for what the project file alone can tell. */
export function lookIntoFile(
  bridge: Bridge,
  common: Common,
  find: (project: Awaited<ReturnType<Bridge["read"]>>) => Found,
): Promise<number> {
  return print(bridge, common, async () => find(await bridge.read(common)));
}

/** Tells what is wrong with the text that a person wrote, or which input is missing: nothing more can be found. */
export function wrongText(
  { terminal }: Bridge,
  workplace: Workplace,
  diagnostics: readonly Diagnostic[],
): Found {
  terminal.err(workplace.showDiagnostics(diagnostics));
  return { text: "", json: { diagnostics }, exit: EXIT.usage };
}

async function print(
  { terminal }: Bridge,
  common: Common,
  find: () => Promise<Found>,
): Promise<number> {
  try {
    const found = await find();
    terminal.out(common.json ? `${JSON.stringify(found.json, null, 2)}\n` : found.text);
    return found.exit ?? 0;
  } catch (error) {
    return endWith(terminal, error, Boolean(common.json));
  }
}
