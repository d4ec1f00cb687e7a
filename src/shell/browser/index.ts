import os from "node:os";
import type { Browsers } from "../../ports/browser.ts";
import { findBrowser } from "./find.ts";

export { clearLeftovers as clearBrowserLeftovers } from "./scratch.ts";

/** Opens the way to the machine's own browser. Nothing is loaded or started before it is needed. */
export function openBrowsers(): Browsers {
  return {
    find,
    open: async (options) => {
      const found = await find(options.named);
      const { openVisit } = await import("./open.ts");
      return openVisit(found, options);
    },
  };
}

function find(named?: string) {
  return findBrowser(named, {
    path: process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
    platform: process.platform,
    home: os.homedir(),
  });
}
