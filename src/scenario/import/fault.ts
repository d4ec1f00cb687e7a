import type { Diagnostic } from "../../model/diagnostic.ts";

/** A fault of a whole file that cannot be imported. */
export function importFault(
  file: string,
  fault: Pick<Diagnostic, "code" | "what" | "fix">,
): Diagnostic {
  return { ...fault, file, line: 1, column: 1, length: 1, severity: "error" };
}
