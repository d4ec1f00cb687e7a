import type { Artifacts } from "../ports/artifacts.ts";
import type { Browsers } from "../ports/browser.ts";
import type { Clock } from "../ports/clock.ts";
import type { Driver } from "../ports/driver.ts";
import type { Hosts } from "../ports/host.ts";
import type { Http } from "../ports/http.ts";
import type { Journal } from "../ports/journal.ts";
import type { LoadGenerator } from "../ports/load.ts";
import type { Shell } from "../ports/shell.ts";
import type { StepKind } from "../ports/step-kind.ts";

/** What a run acts through. */
export interface World {
  readonly journal: Pick<Journal, "append" | "read">;
  readonly clock: Clock;
  readonly kinds: ReadonlyMap<string, StepKind>;
  readonly shell: Shell;
  readonly hosts: Hosts;
  readonly http: Http;
  readonly load: LoadGenerator;
  readonly browsers: Browsers;
  readonly artifacts: Artifacts;
  /** Absolute folder of the project file. */
  readonly project: string;
  /** Absolute folder for what outlives a run. */
  readonly store: string;
  driver(target: string): Driver;
  /** Values of just these secrets. */
  secrets(names: readonly string[]): Readonly<Record<string, string>>;
}
