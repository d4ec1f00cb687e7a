import type { Command } from "commander";
import type { Workplace } from "../actions/workplace.ts";
import type { Terminal } from "./terminal.ts";

/** Options that every command understands. */
export interface Common {
  readonly file?: string;
  readonly state?: string;
  readonly json?: boolean;
  readonly events?: boolean;
}

/** What a command of the command line works with. */
export interface Bridge {
  readonly terminal: Terminal;
  readonly version: string;
  /** Opens the project that the options (or the current folder) name. */
  open(options: Common): Promise<Workplace>;
  /** Absolute folder that the person stands in. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** How this very program is called by a person in that folder. */
  readonly callFrom: (folder: string) => string;
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
      flag: (name) => options[name] === true,
    };
    done(await act(given));
  });
}
