/** For programs that prove a release without deploying it: read a scenario, run it against an address, get a verdict. */
export type { Diagnostic, Parsed } from "./model/diagnostic.ts";
export type { Clock } from "./ports/clock.ts";
export type { Http } from "./ports/http.ts";
export type { Scenario } from "./scenario/model.ts";
export { readScenario } from "./scenario/read.ts";
export { runScenario } from "./scenario/run.ts";
export type { ScenarioWorld } from "./scenario/session.ts";
export type { StepVerdict, Verdict } from "./scenario/verdict.ts";
export { systemClock } from "./shell/clock.ts";
export { openHttp } from "./shell/http.ts";
