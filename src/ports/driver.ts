import type { z } from "zod";
import type { Json, JsonObject } from "../model/json.ts";
import type { Release } from "../model/release.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Clock } from "./clock.ts";
import type { Hosts } from "./host.ts";
import type { Http } from "./http.ts";
import type { Images } from "./images.ts";
import type { Command, Services, Shell } from "./shell.ts";

/** One running or wanted part of a target, for the table of its state. */
export interface Part {
  readonly name: string;
  /** The release that it belongs to, if it is known. */
  readonly release?: string;
  readonly state: string;
  /** Undefined: it has no check of its own. One that has not answered yet is not healthy. */
  readonly healthy?: boolean;
  /** Of a part that has ended: its exit code. */
  readonly exit?: number;
  /** It was to do its work once, and has done it well. */
  readonly isDone?: true;
  readonly restarts: number;
  readonly detail?: string;
}

/** What one process uses. */
export interface Usage {
  /** The part that it belongs to. */
  readonly part: string;
  readonly pid: number;
  /** Resident memory. */
  readonly memoryBytes: number;
  /** Processor time since its start, all cores together. */
  readonly cpuMs: number;
}

/** Some whole lines of one part's log. */
export interface LogPiece {
  readonly part: string;
  /** Id of the release that said it, if it is known. */
  readonly release?: string;
  readonly text: string;
  /** Bytes between the mark and this piece that are gone; 1 when nobody knows how many. */
  readonly lost?: number;
  /** The driver's own words: they are no sign that the application said anything. */
  readonly isDrivers?: true;
}

/** What one operation of a driver may use and must respect. */
export interface Act {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Commentary for people, one line at a time; becomes the step's saved output. */
  say(line: string): void;
  /** A number that is evidence of how it went (requests that were lost); several of one name are added up. */
  count?(name: string, by: number): void;
}

/** Where in a target a command of the project's own runs. */
export interface Place {
  /** The part of the target: a service of the stack. */
  readonly part: string;
  /** `running`: in the part as it runs now. `fresh`: in one of the release made for this command alone, and removed after it. */
  readonly as: "running" | "fresh";
  /** For `fresh`: the release, which is staged. */
  readonly release?: Release;
}

/** A file as the part sees it. */
export interface PartFile {
  readonly part: string;
  /** Absolute. */
  readonly path: string;
}

/** What to take away with everything that runs. */
export interface Cleaning {
  /** Volumes by the names that the stack gives them; `all`: every one. They never come back. */
  readonly volumes: readonly string[] | "all";
}

/**
 * A way of putting a release onto a target.
 *
 * Every method may be called again after a crash, so each must leave the same result when run twice.
 * `test/contracts/driver.contract.ts` holds every driver to it.
 */
export interface Driver {
  /** The release now serving, or undefined on a fresh target. Asked of the target, never remembered. */
  current(act: Act): Promise<Release | undefined>;
  /** Puts the release in place without sending it traffic. `from` is an absolute folder with its files. */
  stage(release: Release, from: string, act: Act): Promise<void>;
  /** Whether the release could be activated now: the way back is probed with this before it is taken. Fault `release-not-staged`. */
  ready(release: Release, act: Act): Promise<void>;
  /**
   * Makes the release the serving one, and resolves when it is proven that it serves. Rolling back is `activate(previous)`.
   * The one before stays ready. Fault `release-never-healthy`, `release-wrong-identity`; then the one before still serves, or,
   * where the two can't run side by side, the failed one is left as it is for its evidence, and `activate(previous)` brings the one before back.
   */
  activate(release: Release, act: Act): Promise<void>;
  /** Ends what runs of a release that does not serve, and keeps its files unless it was never accepted. Undefined: everything, the target is fresh again. */
  retire(release: Release | undefined, act: Act): Promise<void>;
  /** Tidies up after acceptance: ends all but the serving release, forgets releases beyond `keep`, never the previous one. */
  settle(act: Act): Promise<void>;
  /** Ends everything that runs, in so far as the target runs anything; files and data stay, and `activate` brings it back. */
  stop?(act: Act): Promise<void>;
  /** Each part with its state. */
  state(act: Act): Promise<readonly Part[]>;
  /** What each running process of the target uses now, in so far as the target can say. */
  usage?(act: Act): Promise<readonly Usage[]>;
  /** Where the target's logs end now; `logsSince` of it begins there. Small, JSON. */
  logMark?(act: Act): Promise<Json>;
  /**
   * Every log line since the mark (undefined: all that is kept), part by part in their order, masked, in pieces of
   * whole lines; never more than a piece in memory. A part whose log since the mark is no longer all there says so in `lost`.
   */
  logsSince?(mark: Json | undefined, act: Act): AsyncIterable<LogPiece>;
  /** The newest log lines of all parts, each prefixed with its part, at most maxBytes, masked. */
  logs(
    options: { readonly maxBytes: number; readonly release?: string },
    act: Act,
  ): Promise<string>;
  /** All that the target's own tools tell of each part (settings, last health checks, why it ended), masked: evidence when it is not well. */
  inspect?(act: Act): Promise<string>;
  /** The command that does the same inside the target, for the shell of that place to run like any other; its `env` arrives unchanged and never among arguments. */
  inside?(command: Command, place: Place, act: Act): Promise<Command>;
  /** The shell that such commands are given to, where it is not this machine's. Fault `no-such-part`. */
  shellOf?(part: string): Shell;
  /**
   * Copies one file out of a running part to an absolute path here, replacing what is there, with its time of change; at most 64 MiB.
   * Hands back whether there was one. Fault `file-not-fetched` for a folder, or a file that is larger.
   */
  fetch?(file: PartFile, to: string, act: Act): Promise<boolean>;
  /** Takes down everything, and removes these volumes with what is in them. Hands back what was removed. Twice is once. */
  clean?(cleaning: Cleaning, act: Act): Promise<readonly string[]>;
  /** Building and moving images, where releases are made of them. */
  readonly images?: Images;
}

/** What a driver is made from. */
export interface DriverWorld {
  readonly shell: Shell;
  readonly services: Services;
  readonly hosts: Hosts;
  readonly http: Http;
  readonly clock: Clock;
  /** Absolute folder that belongs to this target alone. */
  readonly folder: string;
  /** Absolute folder of the project file. */
  readonly project: string;
  readonly environment: string;
  readonly target: string;
  readonly secrets: Readonly<Record<string, string>>;
  /** Refused when the target has seen a higher one. Undefined for looking only. */
  readonly fence?: number;
  /** argv prefix that starts this program's own helper programs: [...self, "front-door", …]. */
  readonly self: readonly [string, ...string[]];
}

export interface DriverDefinition {
  readonly name: string;
  /** One sentence: for what. */
  readonly about: string;
  /** Strict object; each field described. */
  readonly options: z.ZodType;
  /** What can be told of a target from texts beside the project file, before anything runs. */
  readonly examine?: (options: JsonObject, reading: Reading) => Examined;
  create(options: JsonObject, world: DriverWorld): Driver;
}

/** How `examine` reads, and how it blames. */
export interface Reading {
  /** Hosts of the environment. Absent: nobody can say. */
  readonly hosts?: readonly string[];
  /** A file beside the project file; undefined when there is none. */
  readonly read: (path: string) => { readonly text: string; readonly path: string } | undefined;
  /** Makes a diagnostic at the target's key (or at the target). */
  readonly blame: (
    key: string | undefined,
    complaint: Pick<Diagnostic, "code" | "what" | "fix" | "severity">,
  ) => Diagnostic;
}

/** What `examine` found. */
export interface Examined {
  readonly diagnostics: readonly Diagnostic[];
  /** Sentences for `plan`: how this target is deployed to, and why so. */
  readonly notes: readonly string[];
}

/** Makes a definition whose `create` sees its own options' type. */
export function defineDriver<Schema extends z.ZodType>(definition: {
  readonly name: string;
  readonly about: string;
  readonly options: Schema;
  readonly examine?: (options: z.output<Schema>, reading: Reading) => Examined;
  create(options: z.output<Schema>, world: DriverWorld): Driver;
}): DriverDefinition {
  const { name, about, options, examine } = definition;
  return {
    name,
    about,
    options,
    ...(examine && {
      examine: (raw: JsonObject, reading: Reading) => examine(options.parse(raw), reading),
    }),
    create: (raw, world) => definition.create(options.parse(raw), world),
  };
}
