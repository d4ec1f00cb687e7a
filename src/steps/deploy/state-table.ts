import type { Part } from "../../ports/driver.ts";
import { table } from "../table.ts";

/** The parts of a target as a table of text, one line each. */
export function stateTable(parts: readonly Part[]): string {
  if (parts.length === 0) return "nothing runs here\n";
  const rows = parts.map((part) => [
    part.name,
    part.release ?? "-",
    part.state,
    part.healthy === undefined ? "-" : part.healthy ? "healthy" : "unhealthy",
    String(part.restarts),
    part.detail ?? "",
  ]);
  return table([["PART", "RELEASE", "STATE", "HEALTH", "RESTARTS", "DETAIL"], ...rows]);
}
