import type { Choice, Ending, Phase } from "../model/event.ts";
import type { Failure } from "../model/failure.ts";

/** What is to be done next. Several at once may go side by side. */
export type Action =
  /** Begin this attempt: write the intent down, act, write the outcome down. */
  | {
      readonly do: "attempt";
      readonly step: string;
      readonly phase: Phase;
      readonly attempt: number;
    }
  /** An intent without an outcome: ours and still running, or left by a crash. */
  | {
      readonly do: "settle";
      readonly step: string;
      readonly phase: Phase;
      readonly attempt: number;
    }
  | { readonly do: "plan retry"; readonly step: string; readonly attempt: number }
  | { readonly do: "wait"; readonly until: string }
  | {
      readonly do: "ask";
      readonly step: string;
      readonly because: Failure;
      readonly choices: readonly Choice[];
    }
  /** Nothing goes on before a person answers. */
  | { readonly do: "hold"; readonly step: string; readonly because: Failure }
  | { readonly do: "begin rollback"; readonly because: Failure; readonly step?: string }
  | {
      readonly do: "finish";
      readonly as: Ending;
      readonly exit: number;
      readonly because?: Failure;
    };
