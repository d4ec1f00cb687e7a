import { compilePattern } from "../../../lib/pattern.ts";
import { Fault } from "../../../model/failure.ts";
import { lastLines, show } from "../../kept.ts";
import type { ToolSpec } from "../spec.ts";
import type { Adapter, Answer, Read } from "./adapter.ts";

/** A tool that the plan itself describes: which command says what, and in which words. */
export function plain(tool: ToolSpec): Adapter {
  const { down } = tool;
  return {
    status: [tool.status],
    read: ([answer]) => read(tool, answer),
    isFailingWhilePending: true,
    up: tool.up,
    ...(down && { down: () => [down], downName: show(down) }),
    isExact: false,
  };
}

function read(tool: ToolSpec, answer: Answer | undefined): Read {
  const text = answer?.all ?? "";
  if (finds(tool.pending, text)) return { standing: { isPending: true, text } };
  if (tool.done === undefined || finds(tool.done, text))
    return { standing: { isPending: false, text } };
  return {
    failure: {
      code: "migration-status-unclear",
      what: `${show(tool.status)} says neither that something is pending nor that all is done.`,
      fix: "Make `pending` and `done` fit what it says.",
      detail: lastLines(text),
    },
  };
}

function finds(pattern: string, text: string): boolean {
  const compiled = compilePattern(pattern);
  if (compiled.ok) return compiled.pattern.isIn(text);
  throw new Fault({
    code: "pattern-unusable",
    what: `/${pattern}/ is not a pattern: ${compiled.why}.`,
    fix: "Correct the pattern.",
  });
}
