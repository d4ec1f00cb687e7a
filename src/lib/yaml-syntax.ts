import type { Complaint } from "./yaml-scan.ts";

const FIXES: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "Indent with spaces.",
  BAD_INDENT: "Line it up with its neighbours.",
  MISSING_CHAR: "Close what was opened, or quote the text.",
  MULTIPLE_DOCS: "Keep one document: take the --- out.",
  BLOCK_AS_IMPLICIT_KEY: "Put what is nested on a line of its own, or quote the text.",
};

/** What the parser says of a line that stands neither here nor there. */
const OFF = /without - indicator|must start at the same column/;

/** What the parser says about a text that is not YAML, with the way out. */
export function syntax(error: { code: string; message: string }): Complaint {
  if (OFF.test(error.message))
    return {
      code: "not-yaml",
      what: "This is not YAML: this line is indented otherwise than its neighbours.",
      fix: "Line it up with the keys that it belongs to; with spaces, no tabs.",
    };
  return {
    code: "not-yaml",
    what: `This is not YAML: ${error.message.split("\n")[0]?.slice(0, 200) ?? ""}`,
    fix: FIXES[error.code] ?? "Correct the YAML here; text with : # { [ & * ! % @ needs quotes.",
  };
}
