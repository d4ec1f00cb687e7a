import type { StepKind } from "../ports/step-kind.ts";
import { backup } from "./backup/index.ts";
import { browser } from "./browser/index.ts";
import { build } from "./build/index.ts";
import { checkout } from "./checkout/index.ts";
import { clean } from "./clean/index.ts";
import { command } from "./command/index.ts";
import { deploy } from "./deploy/index.ts";
import { health } from "./health/index.ts";
import { key } from "./key/index.ts";
import { load } from "./load/index.ts";
import { logs } from "./logs/index.ts";
import { metrics } from "./metrics/index.ts";
import { migrate } from "./migrate/index.ts";
import { preflight } from "./preflight/index.ts";
import { push } from "./push/index.ts";
import { scenario } from "./scenario/index.ts";
import { send } from "./send/index.ts";
import { stability } from "./stability/index.ts";
import { stage } from "./stage/index.ts";
import { state } from "./state/index.ts";
import { tests } from "./tests/index.ts";
import { twice } from "./twice/index.ts";

/** The registry: one line per kind of step, in alphabetical order. */
export const steps: readonly StepKind[] = [
  backup,
  browser,
  build,
  checkout,
  clean,
  command,
  deploy,
  health,
  key,
  load,
  logs,
  metrics,
  migrate,
  preflight,
  push,
  scenario,
  send,
  stability,
  stage,
  state,
  tests,
  twice,
];
