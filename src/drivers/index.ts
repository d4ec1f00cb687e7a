import type { DriverDefinition } from "../ports/driver.ts";
import { compose } from "./compose/index.ts";
import { local } from "./local/index.ts";

/** The registry: one line per driver. A folder without a line here fails `test/architecture.test.ts`. */
export const drivers: readonly DriverDefinition[] = [local, compose];
