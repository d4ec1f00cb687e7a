import type { Command } from "commander";
import type { Workplace } from "../actions/workplace.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Outcome } from "../model/outcome.ts";
import type { Terminal } from "./terminal.ts";

/** Options that every command understands. */
export interface Common {
  readonly file?: string;
  readonly state?: string;
  readonly json?: boolean;
  readonly events?: boolean;
  /** Which CI is told about a run: auto, github, gitlab or none. */
  readonly ci?: string;
  /** Folder that a run's files are copied to when it ends; only commands that carry a run have it. */
  readonly artifacts?: string;
}

/** A scenario to be run without a project. */
export interface AloneRequest {
  /** Absolute path of the scenario, and how the person named it. */
  readonly file: string;
  readonly shown: string;
  /** Answers `${env.url}`, and stands for a base that looks nothing up. */
  readonly base?: string;
  /** Settings given as NAME=VALUE. */
  readonly given: Readonly<Record<string, string>>;
  /** Names whose values must not be shown, besides those that look like it. */
  readonly secrets: readonly string[];
  /** Reports to write, to absolute paths. */
  readonly reports: readonly { readonly form: "junit" | "html"; readonly file: string }[];
  /** Absolute folder for what steps save; undefined: not kept. */
  readonly keep?: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Is told about each step as it ends. */
  ended(lines: readonly ToneLine[]): void;
}

export interface ToneLine {
  readonly tone: "head" | "good" | "bad" | "warn" | "note" | "quiet";
  readonly text: string;
}

/** What became of it: faults in the text, or a verdict in every form. */
export type AloneResult =
  | { readonly ok: false; readonly text: string; readonly diagnostics: readonly Diagnostic[] }
  | {
      readonly ok: true;
      readonly outcome: Outcome;
      /** Faults that keep nobody from running it. */
      readonly warnings: string;
      readonly lines: readonly ToneLine[];
      readonly json: string;
    };

/** What to draft a scenario from. */
export interface ImportRequest {
  /** Absolute path, and how the person named it. */
  readonly file: string;
  readonly shown: string;
  /** Absolute path that the draft is going to have; undefined: beside the file. */
  readonly out?: string;
}

/** A drafted scenario, or what keeps it from being one. */
export type ImportResult =
  | { readonly ok: false; readonly text: string; readonly diagnostics: readonly Diagnostic[] }
  | {
      readonly ok: true;
      readonly text: string;
      readonly kind: string;
      readonly steps: number;
      readonly needs: Readonly<Record<string, string>>;
      readonly notes: readonly string[];
    };

/** What a command of the command line works with. */
export interface Bridge {
  readonly terminal: Terminal;
  readonly version: string;
  /** Only the file of the project that the options (or the current folder) name: nothing of it is opened. */
  read(options: Common): Promise<Pick<Workplace, "loadProject" | "showDiagnostics">>;
  /** Opens the project that the options (or the current folder) name. */
  open(options: Common): Promise<Workplace>;
  /** Absolute folder that the person stands in. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** How this very program is called by a person in that folder. */
  readonly callFrom: (folder: string) => string;
  /** Runs one scenario that belongs to no project. Fault when its file can't be read. */
  runScenario(request: AloneRequest): Promise<AloneResult>;
  /** Drafts a scenario from a recording or a description. */
  importScenario(request: ImportRequest): Promise<ImportResult>;
  /** Lays the demo out in a fresh folder and sails it. */
  demo(folder: string): Promise<number>;
}

/** Adds a command to the program. */
export type AddCommand = (program: Command, bridge: Bridge, done: Done) => void;

/** Takes the exit code. */
export type Done = (exit: number) => void;

/** The words and options that a command was given. */
export interface Given {
  /** One per declared argument; undefined where an optional one was left out. */
  readonly words: readonly (string | undefined)[];
  /** Those of a variadic last argument. */
  readonly rest: readonly string[];
  readonly common: Common;
  /** A declared text option, or undefined. */
  text(name: string): string | undefined;
  /** Those of an option that may be given several times. */
  texts(name: string): readonly string[];
  flag(name: string): boolean;
}

/** Says what a command does; what the act resolves to becomes the exit code. */
export function onGiven(
  command: Command,
  done: Done,
  act: (given: Given) => Promise<number>,
): void {
  command.action(async () => {
    const options = command.optsWithGlobals<Common & Record<string, unknown>>();
    const last: unknown = command.processedArgs.at(-1);
    const given: Given = {
      words: command.processedArgs.map((word: unknown) =>
        typeof word === "string" ? word : undefined,
      ),
      rest: Array.isArray(last) ? last.map(String) : [],
      common: options,
      text: (name) => (typeof options[name] === "string" ? options[name] : undefined),
      texts: (name) => (Array.isArray(options[name]) ? options[name].map(String) : []),
      flag: (name) => options[name] === true,
    };
    done(await act(given));
  });
}
