import type { Answer, Reversible, Standing } from "./adapters/adapter.ts";
import { answerOf, look, type ToolWork } from "./tool-asking.ts";

/** Which of the pending migrations can't be taken back, asked before any is applied. */
export interface Examined {
  readonly no: readonly string[];
  /** The tool could not be asked, or did not say. */
  readonly unknown: readonly string[];
}

export async function examine(work: ToolWork, before: Standing): Promise<Examined> {
  const { adapter, spec } = work;
  const none: Examined = { no: [], unknown: [] };
  const { reversible } = adapter;
  if (reversible === undefined || spec.one_way !== undefined) return none;
  const [no, unknown]: [string[], string[]] = [[], []];
  for (const name of before.pending ?? []) {
    const answers: Answer[] = [];
    let said: Reversible = "unknown";
    for (const argv of reversible.ask(name, before)) {
      answers.push(answerOf(await look(work, argv)));
      said = reversible.read(answers);
      if (said !== "unknown") break;
    }
    if (said === "no") no.push(name);
    if (said === "unknown") unknown.push(name);
  }
  return { no, unknown };
}
