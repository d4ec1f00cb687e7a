import { parts } from "../model/lookup.ts";
import type { Condition } from "../model/plan.ts";
import type { Complaint } from "./source.ts";

/** Reads `${A}`, `${A} == x` or `${A} != x`; both sides may hold look-ups, and quotes around a side are not part of it. */
export function readCondition(text: string): Condition | Complaint {
  const found = /==|!=/.exec(text);
  if (!parts(text).some(({ kind }) => kind === "look-up"))
    return {
      code: "condition-asks-nothing",
      what: `"${text}" asks for no name, so it is always the same.`,
      fix: "Write ${NAME}, ${NAME} == value or ${NAME} != value.",
    };
  if (!found) return { left: unquoted(text), is: "set", right: "" };
  const left = unquoted(text.slice(0, found.index));
  const right = unquoted(text.slice(found.index + 2));
  return { left, is: found[0] === "==" ? "equal" : "different", right };
}

function unquoted(text: string): string {
  const trimmed = text.trim();
  return /^(".*"|'.*')$/s.test(trimmed) && trimmed.length > 1 ? trimmed.slice(1, -1) : trimmed;
}
