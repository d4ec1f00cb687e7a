import type { Trap } from "./trap.ts";
import { commandTraps, deployTraps, preflightTraps } from "./traps-act.ts";
import { browserTraps } from "./traps-browser.ts";
import { backupTraps, migrateTraps } from "./traps-data.ts";
import { healthTraps } from "./traps-health.ts";
import { keyTraps } from "./traps-key.ts";
import { loadTraps } from "./traps-load.ts";
import { logsTraps } from "./traps-logs.ts";
import { metricsTraps } from "./traps-metrics.ts";
import { flowTraps } from "./traps-scenario-flow.ts";
import { emptyTraps, textTraps } from "./traps-scenario-text.ts";
import { bodyTraps } from "./traps-scenario.ts";
import { buildTraps, stateTraps } from "./traps-stack.ts";
import { testsTraps } from "./traps-tests.ts";
import { stabilityTraps, twiceTraps } from "./traps-time.ts";

/** Those that take milliseconds. */
export const quick: readonly Trap[] = [
  ...healthTraps,
  ...bodyTraps,
  ...flowTraps,
  ...textTraps,
  ...emptyTraps,
  ...metricsTraps,
  ...logsTraps,
  ...testsTraps,
  ...twiceTraps,
  ...stateTraps,
  ...migrateTraps,
  ...buildTraps,
  ...deployTraps,
  ...preflightTraps,
  ...keyTraps,
  ...commandTraps,
];

/** Those that need the machine for themselves, or a browser. */
export const slow: readonly Trap[] = [
  ...loadTraps,
  ...stabilityTraps,
  ...browserTraps,
  ...backupTraps,
];

export const all: readonly Trap[] = [...quick, ...slow];
