import { Fault } from "../../model/failure.ts";
import type { Browsers } from "../../ports/browser.ts";

/** Opens the way to the machine's own browser. */
export function openBrowsers(): Browsers {
  const missing = () => {
    throw new Fault({ code: "browser-missing", what: "No browser.", fix: "Install one." });
  };
  return { find: async () => missing(), open: async () => missing() };
}
