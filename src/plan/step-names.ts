import { didYouMean } from "./issues.ts";
import type { Answered } from "./names.ts";
import type { Placed } from "./order.ts";
import type { Project } from "./project.ts";
import type { Complaint } from "./source.ts";
import type { Names } from "./fill.ts";

const RUN_WORDS: readonly string[] = [
  "run.id",
  "run.folder",
  "release.id",
  "release.name",
  "release.commit",
  "release.ref",
  "previous.id",
  "previous.name",
  "previous.commit",
  "previous.ref",
];

/** Who may be named, and where. */
export interface Naming {
  readonly project: Project;
  readonly answered: Answered;
  /** Secrets that are declared here. */
  readonly declared: readonly string[];
  /** What declares them: `step` or `target`. */
  readonly holder: string;
  /** Names that the step itself will answer, elsewhere than here. */
  readonly own?: ReadonlySet<string>;
}

/** Answers look-ups in a target's options: secrets are filled in later, and only those that it declares. */
export function targetNames(naming: Naming): Names {
  return {
    ...base(naming),
    later: (name) => secretWord(name, naming) ?? unknownName(name, naming),
  };
}

/** Answers look-ups in a step: secrets, the run's words and what earlier steps found out are filled in when its turn comes. */
export function stepNames(naming: Naming, placed: Placed): Names {
  const later = (name: string): string | Complaint => {
    if (RUN_WORDS.includes(name)) return name;
    const [head, ...rest] = name.split(".");
    if (head === "steps" && rest.length > 0) return factWord(rest, placed);
    return secretWord(name, naming) ?? unknownName(name, naming);
  };
  return { ...base(naming), later };
}

/** The same names with nothing left for the run: for what must be known when the plan is made. */
export function namesForNow(names: Names): Names {
  const later = (name: string): string | Complaint => {
    const found = names.later(name);
    if (typeof found !== "string") return found;
    return {
      code: "look-up-too-early",
      what: `\${${name}} is known only while the plan runs, and this must be known before.`,
      fix: "Use an input here.",
    };
  };
  return { ...names, later };
}

function base({ answered }: Naming): Pick<Names, "answers" | "open"> {
  return { answers: answered.answers, open: answered.open };
}

function secretWord(
  name: string,
  { project, declared, holder }: Naming,
): string | Complaint | undefined {
  if (!project.secrets.has(name)) return undefined;
  if (declared.includes(name)) return name;
  return {
    code: "secret-not-declared",
    what: `${name} is a secret, and this ${holder} does not declare it.`,
    fix: `Add to the ${holder}: \`secrets: [${[...declared, name].join(", ")}]\`.`,
  };
}

function factWord(
  [id = "", ...fact]: readonly string[],
  { ancestors, draft }: Placed,
): string | Complaint {
  const { ids } = draft.scope;
  const meant = ids.get(id);
  if (!meant || meant.length !== 1 || fact.length === 0) {
    const known = [...ids.entries()].flatMap(([each, real]) => (real.length === 1 ? [each] : []));
    return {
      code: "unknown-step",
      what: `There is no step ${id} whose \${steps.ID.NAME} could be asked for.`,
      fix: didYouMean(id, known),
    };
  }
  const [real = ""] = meant;
  if (ancestors.has(real)) return ["steps", real, ...fact].join(".");
  return {
    code: "step-not-before",
    what: `Step ${id} need not have passed when this one starts.`,
    fix: `Add ${id} to this step's \`needs\`.`,
  };
}

function unknownName(name: string, { project, answered, own = new Set() }: Naming): Complaint {
  const known = [
    ...answered.answers.keys(),
    ...answered.open,
    ...project.secrets.keys(),
    ...own,
    ...RUN_WORDS,
  ];
  return {
    code: "unknown-name",
    what: `\${${name}} is not a name that is known.`,
    fix: didYouMean(name, known),
  };
}
