import { writeYaml } from "../../lib/yaml-write.ts";

/** One step of a draft, in the words of the scenario file. */
export interface DraftStep {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly as?: string;
  readonly bearer?: string;
  readonly basic?: { readonly user: string; readonly password: string };
  readonly expect: Readonly<Record<string, unknown>>;
  readonly capture?: Readonly<Record<string, unknown>>;
  readonly bestEffort?: boolean;
}

/** A first draft of a scenario, with what a person must know about it. */
export interface Draft {
  readonly name: string;
  readonly about: string;
  readonly base?: string;
  readonly vars: Readonly<Record<string, unknown>>;
  readonly openapi?: string;
  readonly steps: readonly DraftStep[];
  /** Look-ups that the draft makes and nobody answers yet → what to give. */
  readonly needs: Readonly<Record<string, string>>;
  /** What was left out or guessed, a sentence each. */
  readonly notes: readonly string[];
}

const OWN_KEY = new Set(["get", "head", "post", "put", "patch", "delete", "options"]);

/** The draft as the text of a scenario file; notes stand above it as comments. */
export function writeDraft(draft: Draft): string {
  const { name, about, base, vars, openapi, steps, needs, notes } = draft;
  const remarks = [
    "A first draft. Read it, and make each expectation say what people rely on.",
    ...notes,
    ...Object.entries(needs).map(([need, what]) => `\${${need}}: ${what}`),
  ];
  const comment = remarks.map((line) => `# ${line.replaceAll(/\s+/g, " ")}\n`).join("");
  const top = {
    scenario: name,
    about,
    ...(base === undefined ? {} : { base }),
    ...(Object.keys(vars).length === 0 ? {} : { vars }),
    ...(openapi === undefined ? {} : { openapi }),
  };
  const blocks = steps.map((step) =>
    writeYaml([stepText(step)])
      .split("\n")
      .map((line) => (line === "" ? line : `  ${line}`))
      .join("\n"),
  );
  return `${comment}${writeYaml(top, { inlineBelow: 0 })}steps:\n${blocks.join("\n")}`;
}

function stepText(step: DraftStep): Readonly<Record<string, unknown>> {
  const method = step.method.toLowerCase();
  const { query, headers, as, bearer, basic, capture } = step;
  return {
    name: step.name,
    ...(OWN_KEY.has(method)
      ? { [method]: step.path }
      : { request: { method: step.method, url: step.path } }),
    ...(as === undefined ? {} : { as }),
    ...(query && Object.keys(query).length > 0 ? { query } : {}),
    ...(headers && Object.keys(headers).length > 0 ? { headers } : {}),
    ...(bearer === undefined ? {} : { bearer }),
    ...(basic === undefined ? {} : { basic }),
    ...step.body,
    expect: step.expect,
    ...(capture && Object.keys(capture).length > 0 ? { capture } : {}),
    ...(step.bestEffort ? { best_effort: true } : {}),
  };
}

/** `Get /pets/{petId}` → `PET_ID`: a name that a look-up can have. */
export function lookUpName(text: string, taken: ReadonlySet<string>): string {
  const words = text
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, "_")
    .replaceAll(/^_+|_+$/g, "");
  const stem = /^[A-Z]/.test(words) ? words : `VALUE_${words}`.replace(/_$/, "");
  for (let n = 1; ; n++) {
    const name = n === 1 ? stem : `${stem}_${n}`;
    if (!taken.has(name)) return name;
  }
}

/** A literal text as a scenario writes it: `${` would be taken for a look-up. */
export function plain(text: string): string {
  return text.replaceAll("${", () => "$${");
}
