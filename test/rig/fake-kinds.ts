import { z } from "zod";
import { defineDriver, type Driver } from "../../src/ports/driver.ts";
import { defineStep, type StepKind } from "../../src/ports/step-kind.ts";

const passed = async () => ({ outcome: "passed" as const });

/** Steps that do nothing, with grammars like those of real ones. */
export const fakeKinds: readonly StepKind[] = [
  defineStep({
    name: "deploy",
    about: "Puts the release onto a target.",
    spec: z.strictObject({
      target: z.string().describe("The target that gets the release."),
      healthy_within: z
        .string()
        .default("90s")
        .describe("How long it may take to become healthy, such as 90s."),
    }),
    shorthand: "target",
    streams: { log: "deploy.log", state: undefined },
    effect: () => "keyed",
    describe: ({ target }) => `put the release onto ${target}`,
    prepare: (spec, { targets, ...preparation }) => ({
      spec,
      diagnostics: targets.includes(spec.target)
        ? []
        : [preparation.blame("target", `There is no target ${spec.target} here.`, "Name another.")],
    }),
    has: ["undo", "prove"],
    parts: async () => ({ run: passed, undo: passed, prove: passed }),
  }),
  defineStep({
    name: "health",
    about: "Asks until the release answers as it should.",
    spec: z.strictObject({
      get: z.string().describe("Path or URL that is asked."),
      expect: z
        .strictObject({
          status: z
            .int()
            .min(100)
            .max(599)
            .describe("The status it must answer with, such as 200."),
        })
        .optional()
        .describe("What the answer must be."),
      tries: z.int().min(1).default(5).describe("How often it is asked at most."),
    }),
    shorthand: "get",
    streams: { log: undefined },
    timeoutMs: 60_000,
    effect: () => "read",
    describe: ({ get }) => `ask ${get}`,
    prepare: (spec, preparation) => ({
      spec,
      diagnostics: spec.expect
        ? []
        : [
            preparation.blame(
              undefined,
              "This check cannot fail.",
              "Say what the answer must be: `expect: { status: 200 }`.",
            ),
          ],
    }),
    parts: async () => ({ run: passed }),
  }),
  defineStep({
    name: "scenario",
    about: "Carries out a scenario.",
    spec: z.strictObject({
      file: z.string().describe("The scenario's file."),
      text: z.string().optional(),
    }),
    shorthand: "file",
    streams: { report: "scenario.txt" },
    effect: () => "once",
    describe: ({ file }) => `carry out ${file}`,
    prepare: (spec, preparation) => {
      const found = preparation.read(spec.file);
      if (found) return { spec: { ...spec, text: found.text }, diagnostics: [] };
      return {
        spec,
        diagnostics: [
          preparation.blame("file", `There is no file ${spec.file}.`, "Correct the name."),
        ],
      };
    },
    parts: async () => ({ run: passed }),
  }),
  defineStep({
    name: "backup",
    about: "Keeps a copy of a database.",
    spec: z.strictObject({
      postgres: z.string().describe("Its URL."),
      keep: z.int().min(1).default(5).describe("How many copies are kept."),
    }),
    effect: () => "keyed",
    describe: () => "keep a copy of the database",
    parts: async () => ({ run: passed }),
  }),
  defineStep({
    name: "migrate",
    about: "Changes the database's shape.",
    spec: z.strictObject({
      tool: z.enum(["django", "prisma", "alembic"]).describe("The tool that migrates."),
      no_backup: z.string().min(10).optional().describe("Why no backup is needed, in words."),
    }),
    effect: () => "once",
    describe: ({ tool }) => `migrate with ${tool}`,
    prepare: (spec, preparation) => {
      const isSafe =
        spec.no_backup !== undefined || preparation.before.some(({ kind }) => kind === "backup");
      const fault = () =>
        preparation.blame(
          undefined,
          "No backup comes before this migration.",
          "Add a `backup` step before it, or say why not: `no_backup: …`.",
        );
      return { spec, diagnostics: isSafe ? [] : [fault()] };
    },
    parts: async () => ({ run: passed }),
  }),
  defineStep({
    name: "command",
    about: "Runs a command of the project's own.",
    spec: z.strictObject({
      argv: z.array(z.string()).min(1).describe("Program and arguments."),
      env: z.record(z.string(), z.string()).optional().describe("Added to its environment."),
      undo: z.array(z.string()).min(1).optional().describe("Takes it back."),
    }),
    shorthand: "argv",
    streams: { output: undefined },
    effect: () => "keyed",
    abilities: ({ undo }) => ({ undo: undo !== undefined }),
    describe: ({ argv }) => argv.join(" "),
    has: ["undo"],
    parts: async () => ({ run: passed, undo: passed }),
  }),
];

/** Drivers with grammars only. */
export const fakeDrivers = [
  defineDriver({
    name: "compose",
    about: "Docker Compose.",
    options: z.strictObject({
      file: z.string().default("compose.yml").describe("The compose file."),
      port: z.int().optional().describe("The port it answers on."),
      env: z.record(z.string(), z.string()).default({}).describe("Its environment."),
    }),
    create: () => nothing,
  }),
  defineDriver({
    name: "local",
    about: "Processes on this machine.",
    options: z.strictObject({
      start: z.array(z.string()).min(1).describe("Program and arguments."),
    }),
    create: () => nothing,
  }),
];

const nothing: Driver = {
  current: async () => undefined,
  stage: async () => undefined,
  ready: async () => undefined,
  activate: async () => undefined,
  retire: async () => undefined,
  settle: async () => undefined,
  state: async () => [],
  logs: async () => "",
};
