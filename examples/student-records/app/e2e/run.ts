import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

// Runs the suite with the Playwright of the nearest `node_modules`, the machine's own: a release brings none along.
process.argv.splice(2, 0, "test", "--config", fileURLToPath(new URL(".", import.meta.url)));
createRequire(import.meta.url)("@playwright/test/cli");
