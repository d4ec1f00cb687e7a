export { captureFrom, checkAll, findIn, judgeAll } from "./check.ts";
export type { Check, Miss } from "./check.ts";
export type { Judging } from "./judging.ts";
export type { Answer } from "./jar.ts";
export type { Scenario } from "./model.ts";
export { capturesOf } from "./read-include.ts";
export { readExpectations, checkJsonPath, checkPattern } from "./read-expect.ts";
export { readScenario } from "./read.ts";
export { runScenario } from "./run.ts";
export { prepareStep } from "./prepare-step.ts";
export type { PreparedStep } from "./prepare-step.ts";
export type { Reading } from "./read.ts";
export type { ScenarioWorld } from "./session.ts";
export type {
  CapturedValue,
  CheckVerdict,
  Counts,
  StepPhase,
  StepVerdict,
  Verdict,
} from "./verdict.ts";
export { expectSchema } from "./schema-expect.ts";
export { send } from "./send.ts";
export { answerLine, bodyExcerpt, savedContent } from "./show-answer.ts";
export type { Value } from "./value.ts";
