/** For programs that read what Seaworthy writes: its events (`--events`), its record (`record.json`), its exit codes. */
export type { Diagnostic } from "./model/diagnostic.ts";
export type { Choice, Ending, Entry, Event, Phase, Result } from "./model/event.ts";
export type { Evidence } from "./model/evidence.ts";
export { EXIT, EXIT_MEANINGS, type ExitMeaning } from "./model/exit.ts";
export type { Failure } from "./model/failure.ts";
export type { Outcome } from "./model/outcome.ts";
export type { Plan, Step } from "./model/plan.ts";
export type { Release } from "./model/release.ts";
export { stateOf, type RunState } from "./model/run-state.ts";
export { recordOf } from "./report/record.ts";
export { recordSchema, type Record } from "./report/record-schema.ts";
