import type { Workplace } from "../actions/workplace.ts";
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
export async function look(
  bridge: Bridge,
  common: Common,
  find: (workplace: Workplace) => Promise<Found>,
): Promise<number> {
  const { terminal } = bridge;
  try {
    await using workplace = await bridge.open(common);
    const found = await find(workplace);
    terminal.out(common.json ? `${JSON.stringify(found.json, null, 2)}\n` : found.text);
    return found.exit ?? 0;
  } catch (error) {
    return endWith(terminal, error, Boolean(common.json));
  }
}
