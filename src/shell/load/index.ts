import { Fault } from "../../model/failure.ts";
import type { LoadGenerator } from "../../ports/load.ts";

/** Opens the way to send many requests and measure each. */
export function openLoad(): LoadGenerator {
  return {
    run: async () => {
      throw new Fault({ code: "load-missing", what: "No load generator.", fix: "Update." });
    },
  };
}
