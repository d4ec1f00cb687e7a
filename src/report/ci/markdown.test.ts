import { expect, test } from "vitest";
import { entriesOf, started } from "../../../test/rig/entries.ts";
import { simulatedPlan } from "../../../test/rig/simulated-world.ts";
import type { Event } from "../../model/event.ts";
import type { Plan } from "../../model/plan.ts";
import { recordOf } from "../record.ts";
import { annotationsOfFaults } from "./annotations.ts";
import { faultsMarkdown, runMarkdown } from "./markdown.ts";

const NONE = { error: 0, warning: 0, notice: 0 };
const MIB = 1024 * 1024;

function recordWith(words: string, { count = 1, criteria = true } = {}) {
  const ids = Array.from({ length: count }, (_, index) => `step-${index}`);
  const made = simulatedPlan(ids.map((id) => ({ id, effect: "read" as const })));
  const named = ids.map((id) => ({ name: `${words} ${id}`.slice(0, 70), about: "", steps: [id] }));
  const plan: Plan = { ...made, ...(criteria && { criteria: named }) };
  const failure = { code: "c", what: words, fix: words, detail: words, hint: words };
  const events = ids.flatMap((id): readonly Event[] => [
    started(id),
    {
      kind: "attempt-ended",
      step: id,
      phase: "do",
      attempt: 1,
      durationMs: 5,
      result: { outcome: "failed", failure },
    },
  ]);
  return recordOf({ id: "1", plan, entries: entriesOf(...events) });
}

/** A table's cells, as GitHub counts them: every row has as many as its head. */
function tables(markdown: string): readonly number[][] {
  const rows = markdown.split("\n").map((line) => {
    return line.startsWith("|") ? line.replaceAll(/\\\|/g, "").split("|").length - 2 : 0;
  });
  const found: number[][] = [];
  rows.forEach((cells, index) => {
    if (cells > 0 && !(rows[index - 1] ?? 0)) found.push([]);
    if (cells > 0) found.at(-1)?.push(cells);
  });
  return found;
}

test("has the verdict, a row for each criterion, and why it failed", () => {
  const text = runMarkdown(recordWith("404 at step 8"), { left: NONE, exit: 4 }, MIB);
  expect(text).toMatch(/^### ⏸️ Not finished/);
  expect(text).toContain("exit 4");
  expect(text).toMatch(/\| 404 at step 8 step-0 \| ❌ failed \| 5 ms \| step-0&#58; failed, 404/);
  expect(text).toContain("<pre>404 at step 8</pre>");
  expect(text).toContain("\nFix: 404 at step 8\n");
  expect(tables(text)).toEqual([[4, 4, 4]]);
});

test("has a row for each step where there are no criteria", () => {
  const record = recordWith("no", { count: 3, criteria: false });
  const text = runMarkdown(record, { left: NONE, exit: 4 }, MIB);
  expect(text).toContain("| Step |");
  expect(tables(text)).toEqual([[4, 4, 4, 4, 4]]);
});

test("counts the annotations that found no room", () => {
  const left = { error: 3, warning: 1, notice: 0 };
  expect(runMarkdown(recordWith("x"), { left, exit: 4 }, MIB)).toContain("3 errors, 1 warning.");
});

test.each([
  "a | b\n| c | d",
  "<script>alert(1)</script><img src=x onerror=y>",
  "</pre></details>\n# Big\n- [ ] list",
  "[link](javascript:x) ![i](http://x) `code` **bold** _i_ ~s~",
  "@everyone #1 http://evil.example www.evil.example $x$",
  "\\| \\",
  "```\nfence\n~~~",
  "\ud800 \u0000 \u001b[31m",
])("shows hostile words as words: %j", (words) => {
  const text = runMarkdown(recordWith(words, { count: 2 }), { left: NONE, exit: 4 }, MIB);
  const outside = text.replaceAll(/<pre>[^]*?<\/pre>/g, "");
  expect(tables(outside)).toEqual([[4, 4, 4, 4]]);
  expect(outside.replaceAll(/<br>/g, "")).not.toMatch(/[<>`@$~\\]|\]\(|https?:/);
  expect(text.match(/<pre>/g)).toHaveLength(2);
  expect(text.match(/<\/pre>/g)).toHaveLength(2);
  expect(text.isWellFormed() && !text.includes("\u001b")).toBe(true);
});

test.each([MIB, 20_000, 1_000, 100, 0, -5])(
  "stays within %i bytes, and counts what is cut",
  (most) => {
    const record = recordWith("é|".repeat(4_000), { count: 120 });
    const text = runMarkdown(record, { left: NONE, exit: 4 }, most);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(Math.max(0, most));
    if (most < 1_000) return;
    expect(text).toMatch(/^### /);
    expect(text).toMatch(/… \d+ lines or parts have no room here/);
    for (const table of tables(text)) expect(new Set(table)).toEqual(new Set([4]));
  },
);

test("says what is wrong with the project file when nothing ran", () => {
  const fault = { file: "seaworthy.yaml", line: 4, column: 3, code: "c", length: 1 };
  const faults = annotationsOfFaults([
    { ...fault, what: "Unknown | key.", fix: "Rename.", severity: "error" },
  ]);
  const text = faultsMarkdown(faults, NONE, MIB);
  expect(text).toContain("Seaworthy did not run");
  expect(text).toContain(
    "| error | seaworthy.yaml&#58;4&#58;3 | Unknown &#124; key. fix&#58; Rename. |",
  );
});
