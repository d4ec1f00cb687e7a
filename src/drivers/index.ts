import type { DriverDefinition } from "../ports/driver.ts";
import { compose } from "./compose/index.ts";
import { docker } from "./docker/index.ts";
import { local } from "./local/index.ts";
import { statics } from "./static/index.ts";
import { systemd } from "./systemd/index.ts";

/** The registry: one line per driver. A folder without a line here fails `test/architecture.test.ts`. */
export const drivers: readonly DriverDefinition[] = [local, compose, docker, statics, systemd];
