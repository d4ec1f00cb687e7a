import type { Diagnostic, Parsed } from "../model/diagnostic.ts";
import type { HostSpec, Plan } from "../model/plan.ts";
import type { Artifacts } from "../ports/artifacts.ts";
import type { Clock } from "../ports/clock.ts";
import type { Driver } from "../ports/driver.ts";
import type { Browsers } from "../ports/browser.ts";
import type { Hosts } from "../ports/host.ts";
import type { HostKeys } from "../ports/host-keys.ts";
import type { Http } from "../ports/http.ts";
import type { Journal } from "../ports/journal.ts";
import type { LoadGenerator } from "../ports/load.ts";
import type { SecretValues } from "../ports/secrets.ts";
import type { Shell } from "../ports/shell.ts";
import type { StepKind } from "../ports/step-kind.ts";
import type { Entry } from "../model/event.ts";

/** What a plan is asked for with. */
export interface PlanRequest {
  readonly plan: string;
  /** The only one of the project when left out. */
  readonly environment?: string;
  readonly inputs: Readonly<Record<string, string>>;
}

/** A project file as it was read, with the texts that its diagnostics point into. */
export interface LoadedProject {
  readonly name: string;
  readonly plans: readonly {
    readonly name: string;
    readonly about: string;
    readonly steps: number;
  }[];
  readonly environments: readonly string[];
  readonly inputs: readonly {
    readonly name: string;
    readonly about: string;
    readonly default?: string;
    readonly required: boolean;
  }[];
  readonly secrets: readonly {
    readonly name: string;
    readonly about: string;
    readonly from: string;
  }[];
  makePlan(request: PlanRequest): Parsed<Plan>;
  /** The machines of an environment, and the file beside the project file with their public keys. */
  hostsOf(
    environment: string,
    inputs: Readonly<Record<string, string>>,
  ): Parsed<{ readonly hosts: readonly HostSpec[]; readonly knownHosts: string }>;
  /** Every plan for every environment. */
  check(): readonly Diagnostic[];
}

/** The things that one run acts through, opened for it and closed after it. */
export interface Tools extends AsyncDisposable {
  readonly shell: Shell;
  readonly hosts: Hosts;
  readonly http: Http;
  readonly load: LoadGenerator;
  readonly browsers: Browsers;
  readonly artifacts: Artifacts;
  readonly secrets: SecretValues;
  driver(target: string): Driver;
  /** Masks every secret of the plan in a text. */
  mask(text: string): string;
}

/** The machines of one environment, opened to be looked at and enrolled. */
export interface Reach extends AsyncDisposable {
  /** Those too that others are only reached through. */
  readonly specs: readonly HostSpec[];
  readonly hosts: Hosts;
  readonly keys: HostKeys;
  /** Absolute path of the file with their public keys. */
  readonly knownHosts: string;
}

/** Renderers that turn a run's entries into kept files. */
export interface Renderers {
  /** Drawn anew whenever the loop leaves a run: name and text. */
  files(run: {
    readonly id: string;
    readonly plan: Plan;
    readonly entries: readonly Entry[];
  }): readonly {
    readonly name: string;
    readonly text: string;
  }[];
}

/** One project on one machine: all that actions need of the world. */
export interface Workplace extends AsyncDisposable {
  /** Absolute folder of the project file. */
  readonly project: string;
  /** Absolute `.seaworthy` folder. */
  readonly state: string;
  /** Version of Seaworthy. */
  readonly tool: string;
  /** Who is acting: `ana@laptop`. */
  readonly who: string;
  readonly host: string;
  readonly pid: number;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly kinds: ReadonlyMap<string, StepKind>;
  readonly renderers: Renderers;
  loadProject(): Parsed<LoadedProject>;
  /** Diagnostics as a person reads them, with frames. */
  showDiagnostics(diagnostics: readonly Diagnostic[]): string;
  /** Without a fence: for looking only. Fault `secret-missing` and others when the plan's secrets can't be had. */
  openTools(plan: Plan, run: string, fence?: number): Promise<Tools>;
  /** The machines of an environment, without a plan and without its secrets. */
  openReach(environment: {
    readonly name: string;
    readonly hosts: readonly HostSpec[];
    readonly knownHosts: string;
  }): Promise<Reach>;
  /** Artifacts of a run that is over. */
  artifacts(run: string): Artifacts;
}
