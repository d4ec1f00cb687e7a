import type { Json } from "../model/json.ts";
import { didYouMean, show } from "./issues.ts";
import type { Remark } from "./issues.ts";
import type { EnvironmentText, Input, PlanText, Project } from "./project.ts";
import { fill, spoken, type Names } from "./fill.ts";

/** What a plan is made for. */
export interface Wanted {
  readonly plan: PlanText;
  readonly environment: EnvironmentText;
  /** Given by flags and environment. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Only checking: inputs that must be given stay open. */
  readonly isCheck: boolean;
}

/** Every name that has an answer before the run. */
export interface Answered {
  readonly inputs: Readonly<Record<string, Json>>;
  readonly url: string | undefined;
  readonly answers: ReadonlyMap<string, Json>;
  /** Names that will have one when they are given. */
  readonly open: ReadonlySet<string>;
  readonly remarks: readonly Remark[];
}

/** Answers the names that are known while a plan is made. Given values win over the environment's, those over defaults. */
export function answerNames(project: Project, wanted: Wanted): Answered {
  const { plan, environment } = wanted;
  const remarks: Remark[] = unknownInputs(project, wanted);
  const words = new Map<string, Json>([
    ["project", project.name],
    ["plan.name", plan.name],
    ["env.name", environment.name],
  ]);
  const inputs = new Map<string, Json>();
  for (const input of project.inputs.values()) {
    const { value, remark } = valueOf(input, { wanted, words });
    if (value !== undefined) inputs.set(input.name, value);
    remarks.push(...remark);
  }
  const answers = new Map([...words, ...inputs]);
  const open = new Set(
    [...project.doubtful].filter((name) => !inputs.has(name) && !project.secrets.has(name)),
  );
  const url = urlOf(project, { environment, answers, open });
  remarks.push(...url.remarks);
  if (url.value !== undefined) answers.set("env.url", url.value);
  else if (environment.url !== undefined) open.add("env.url");
  return { inputs: Object.fromEntries(inputs), url: url.value, answers, open, remarks };
}

interface Around {
  readonly wanted: Wanted;
  readonly words: ReadonlyMap<string, Json>;
}

function valueOf(input: Input, around: Around): { value?: Json; remark: readonly Remark[] } {
  const { wanted } = around;
  const given = Object.hasOwn(wanted.inputs, input.name) ? wanted.inputs[input.name] : undefined;
  if (given !== undefined) return typed(input, given);
  const override = Object.hasOwn(wanted.environment.inputs, input.name)
    ? wanted.environment.inputs[input.name]
    : undefined;
  if (override !== undefined) return overridden(input, override, around);
  if (input.default !== undefined) return { value: input.default, remark: [] };
  if (wanted.isCheck) return { remark: [] };
  const complaint = {
    code: "input-missing",
    what: `${input.name} must be given, and it is not.`,
    fix: `Give it with the command, ${input.name}=…, or as an environment variable of that name.`,
  };
  return { remark: [{ pointer: { path: ["inputs", input.name], key: true }, complaint }] };
}

/** A given text as the input's type. */
function typed(input: Input, given: string): { value?: Json; remark: readonly Remark[] } {
  if (input.type === "string") return { value: given, remark: [] };
  const isWord = given === "true" || given === "false";
  if (input.type === "boolean" && isWord) return { value: given === "true", remark: [] };
  const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(given)
    ? Number(given)
    : Number.NaN;
  if (input.type === "number" && Number.isFinite(number)) return { value: number, remark: [] };
  const wanted = input.type === "number" ? "a number" : "true or false";
  const complaint = {
    code: "wrong-input",
    what: `${input.name} was given as ${show(given)}, which is not ${wanted}.`,
    fix: `Give ${wanted}, as its default is.`,
  };
  return { remark: [{ pointer: { path: ["inputs", input.name], key: true }, complaint }] };
}

function overridden(input: Input, value: Json, { wanted, words }: Around) {
  const path = ["environments", wanted.environment.name, "inputs", input.name];
  const names: Names = {
    answers: words,
    open: new Set(),
    later: (name) => ({
      code: "unknown-name",
      what: `\${${name}} has no answer here.`,
      fix: `Write the value out, or use one of: ${[...words.keys()].map((each) => `\${${each}}`).join(", ")}.`,
    }),
  };
  const filled = fill(value, { path, names });
  const said = typeof filled.value === "string" ? spoken(filled.value) : filled.value;
  if (typeof said === input.type) return { value: said, remark: filled.remarks };
  const complaint = {
    code: "wrong-input",
    what: `${show(value)} is not of the type of ${input.name}, which is ${input.type}.`,
    fix: `Write a ${input.type}, as its default is.`,
  };
  return {
    value: input.default ?? "",
    remark: [{ pointer: { path }, complaint }, ...filled.remarks],
  };
}

function unknownInputs(project: Project, { inputs, environment }: Wanted): Remark[] {
  const known = [...project.inputs.keys()];
  const isUnknown = (name: string) => !project.inputs.has(name) && !project.doubtful.has(name);
  const complaint = (name: string) => ({
    code: "unknown-input",
    what: `${name} is not an input of this project.`,
    fix: didYouMean(name, known),
  });
  return [
    ...Object.keys(inputs)
      .filter(isUnknown)
      .map((name) => ({ pointer: { path: ["inputs"], key: true }, complaint: complaint(name) })),
    ...Object.keys(environment.inputs)
      .filter(isUnknown)
      .map((name) => ({
        pointer: { path: ["environments", environment.name, "inputs", name], key: true },
        complaint: complaint(name),
      })),
  ];
}

function urlOf(
  { secrets }: Project,
  {
    environment,
    answers,
    open,
  }: { environment: EnvironmentText } & Pick<Answered, "answers" | "open">,
): { value?: string; remarks: readonly Remark[] } {
  if (environment.url === undefined) return { remarks: [] };
  const later = (name: string) =>
    secrets.has(name)
      ? {
          code: "secret-not-allowed",
          what: `${name} is a secret, and a URL is shown.`,
          fix: "Use an input.",
        }
      : {
          code: "unknown-name",
          what: `\${${name}} has no answer here.`,
          fix: didYouMean(name, [...answers.keys(), ...open]),
        };
  const path = ["environments", environment.name, "url"];
  const filled = fill(environment.url, { path, names: { answers, open, later } });
  return typeof filled.value === "string" && !filled.isOpen
    ? { value: spoken(filled.value), remarks: filled.remarks }
    : { remarks: filled.remarks };
}
