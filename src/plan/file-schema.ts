import { z } from "zod";
import { criteria } from "./criteria.ts";
import { hosts, knownHosts } from "./hosts-schema.ts";
import { duration, name, variable } from "./words.ts";

const about = z.string().max(2_000).describe("For people: what it is for.");

const input = z
  .strictObject({
    default: z
      .union([z.string(), z.number(), z.boolean()])
      .optional()
      .describe(
        "Taken when nothing is given. Its type (text, number, true or false) is the input's type.",
      ),
    about: about.optional(),
    required: z
      .boolean()
      .optional()
      .describe(
        "Whether it must be given. An input without a default must be, unless this says false.",
      ),
  })
  .refine((each) => each.default === undefined || each.required !== true, {
    error: "An input that must be given has no use for a default.",
    path: ["required"],
    params: { fix: "Keep one of `default` and `required`." },
  });

const secret = z
  .strictObject({
    about: about.optional(),
    env: variable
      .optional()
      .describe("Environment variable that holds it; the secret's own name unless written."),
    file: z
      .string()
      .min(1)
      .optional()
      .describe("File that holds it; one line end at its end does not count."),
    command: z.array(z.string()).min(1).optional().describe("Program and arguments that print it."),
    generate: z
      .enum(["hex", "base64url", "password"])
      .optional()
      .describe(
        "Made once, in this form, when the environment variable does not give it, and kept.",
      ),
    bytes: z
      .int()
      .min(8)
      .max(1_024)
      .optional()
      .describe("How many random bytes `generate` makes it from. Default 32."),
    min_length: z
      .int()
      .min(1)
      .max(4_096)
      .default(8)
      .describe("A value with fewer characters is refused. Default 8."),
  })
  .refine(
    ({ file, command, generate }) =>
      [file, command, generate].filter((each) => each !== undefined).length <= 1,
    {
      error: "A secret comes from one place.",
      params: { fix: "Keep one of `file`, `command` and `generate`." },
    },
  )
  .refine(
    ({ env, file, command }) => env === undefined || (file === undefined && command === undefined),
    {
      error: "A secret comes from one place.",
      path: ["env"],
      params: { fix: "Keep one of `env`, `file` and `command`." },
    },
  )
  .refine(({ bytes, generate }) => bytes === undefined || generate !== undefined, {
    error: "`bytes` says nothing without `generate`.",
    path: ["bytes"],
    params: { fix: "Add `generate: hex`, or take `bytes` out." },
  });

const environment = z.strictObject({
  about: about.optional(),
  url: z
    .string()
    .min(1)
    .optional()
    .describe("Where the environment answers; `${env.url}` in steps."),
  targets: z
    .array(name)
    .optional()
    .describe("The targets of this environment. All of them unless written."),
  hosts: hosts.optional(),
  known_hosts: knownHosts.optional(),
  inputs: z
    .record(variable, z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .describe("Inputs that have another default in this environment."),
});

const header = {
  version: z.literal(1).describe("The shape of this file. Always 1."),
  project: name.describe("What this project is called."),
  about: about.optional(),
};

const settings = {
  inputs: z
    .record(variable, input.describe("One setting."))
    .default({})
    .describe(
      "Settings with their defaults. Given behind the plan's name, `NAME=value`, or by an environment variable of the same name.",
    ),
  secrets: z
    .record(
      variable,
      secret.nullable().describe("One secret. Only where its value comes from is written here."),
    )
    .default({})
    .describe(
      "Values that nobody may see. They reach only the steps and targets that name them under `secrets`.",
    ),
};

const places = z
  .record(name, environment.describe("One environment."))
  .default({})
  .describe(
    "Places that a plan can be carried out on. Without any there is one, called default, with all targets.",
  );

const reports = {
  criteria: criteria.optional(),
  summary: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Artifact name of a summary with a line for each criterion and its proof, or for each step when there are no criteria.",
    ),
  junit: z.string().min(1).optional().describe("Artifact name of the same as JUnit XML, for CI."),
};

/** The parts of the file whose grammar the registries make. */
export interface Parts<Target extends z.ZodType, Step extends z.ZodType> {
  readonly target: Target;
  readonly step: Step;
}

/** The grammar of the project file: validator, JSON Schema for editors, and manual at once. */
export function fileSchema<Target extends z.ZodType, Step extends z.ZodType>({
  target,
  step,
}: Parts<Target, Step>) {
  const plan = z.strictObject({
    about: about.optional(),
    timeout: duration
      .optional()
      .describe("For the whole run; when it runs out, the run is rolled back. Default 1h."),
    log: z
      .string()
      .min(1)
      .optional()
      .describe("Artifact name of the run's own log. Default: the plan's name and `.log`."),
    ...reports,
    steps: z.array(step).describe("What is done and checked, in order."),
  });
  return z.strictObject({
    ...header,
    ...settings,
    targets: z
      .record(name, target)
      .default({})
      .describe("Where releases run, and the way of putting them there."),
    environments: places,
    plans: z.record(name, plan.describe("Ordered steps with a name.")).describe("What can be run."),
  });
}

/** The file as it is first checked: targets and steps are looked at one by one, with what is known about them. */
export const looseFile = fileSchema({
  target: z.looseObject({ driver: z.string() }),
  step: z.record(z.string(), z.unknown()),
});

export type LooseFile = z.output<typeof looseFile>;
