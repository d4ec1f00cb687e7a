import type { Limits, Shell } from "../../ports/shell.ts";
import type { Known } from "./facts.ts";
import type { Line } from "./line.ts";

/** What the parts of one host share. */
export interface Inner {
  readonly line: Line;
  readonly shell: Shell;
  known(limits: Limits): Promise<Known>;
}
