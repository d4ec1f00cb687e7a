import { Fault } from "../../model/failure.ts";
import type { Setting } from "./setting.ts";

/** Refuses to take away what people see. */
export function serves({ target }: Pick<Setting, "target">, id: string): Fault {
  return new Fault({
    code: "release-serves",
    what: `${id} can't be retired while it is shown on ${target}.`,
    fix: "Activate another release first.",
  });
}
