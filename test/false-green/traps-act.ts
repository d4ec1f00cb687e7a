import { Fault } from "../../src/model/failure.ts";
import type { Scene, Trap } from "./trap.ts";

type Sides = { readonly trap: Scene; readonly honest: Partial<Scene> };

const of =
  (check: Trap["check"]) =>
  (name: string, naive: string, sides: Sides, says: Trap["says"]): Trap => ({
    check,
    name,
    naive,
    ...sides,
    says,
  });

const before = "- checkout: { tag: v2, repo: app.git }";
const V2 = { id: "v2+2222222", name: "v2" };
const nothing = async (): Promise<void> => undefined;
const target = (activate: () => Promise<void>): NonNullable<Scene["target"]> => ({
  current: async () => ({ id: "v1+1111111", name: "v1" }),
  stage: nothing,
  activate,
  state: async () => [{ name: "web", release: V2.id, state: "running", restarts: 0 }],
});
const refusing = (code: string, what: string) => async (): Promise<never> => {
  throw new Fault({ code, what, fix: "Read up.log." });
};
const deploy = of("deploy");

/** A target that was told, and did not do it. */
export const deployTraps: readonly Trap[] = [
  deploy(
    "The new release never becomes healthy, and the old one goes on answering",
    "the address answers 200; done ([Dokploy](https://github.com/Dokploy/dokploy/issues/3987))",
    {
      trap: {
        before,
        steps: "- deploy: web",
        target: target(refusing("release-never-healthy", "v2 was never healthy.")),
      },
      honest: { target: target(nothing) },
    },
    "failed release-never-healthy",
  ),
  deploy(
    "What was started says that it is another release",
    "the container runs",
    {
      trap: {
        before,
        steps: "- deploy: web",
        target: target(refusing("release-wrong-identity", "What was started answers as v1.")),
      },
      honest: { target: target(nothing) },
    },
    "failed release-wrong-identity",
  ),
  deploy(
    "Nothing says which release is deployed",
    "`latest` is there, whatever it is",
    {
      trap: { steps: "- deploy: web", target: target(nothing) },
      honest: { before },
    },
    "refused step-refused",
  ),
];

const preflight = of("preflight");
const check = (row: string): string => `- preflight: [{ ${row} }]`;

/** What is looked at before anything is touched, and is not what was meant. */
export const preflightTraps: readonly Trap[] = [
  preflight(
    "The file that must be there is empty",
    "it exists",
    {
      trap: { steps: check("file: .env"), files: { ".env": "\n" } },
      honest: { files: { ".env": "A=1\n" } },
    },
    "failed preflight-refused",
  ),
  preflight(
    "The tool is there and does not say its version",
    "it was found",
    {
      trap: { steps: check('tool: echo, args: [none], version: ">=2"') },
      honest: { steps: check('tool: echo, args: ["echo 2.1"], version: ">=2"') },
    },
    "failed preflight-refused",
  ),
  preflight(
    "The address answers 404",
    "something answered",
    {
      trap: { steps: check("url: http://here/"), serve: { status: 404 } },
      honest: { serve: { status: 200 } },
    },
    "failed preflight-refused",
  ),
  preflight(
    "There are no checks",
    "none of them says no",
    { trap: { steps: "- preflight: []" }, honest: { steps: check("disk: 1KB") } },
    "refused too-small",
  ),
];

const command = of("command");

/** Commands that end with 0. */
export const commandTraps: readonly Trap[] = [
  command(
    "The command ends with 0 and has printed an error",
    "exit code 0",
    {
      trap: {
        steps: `- command: { run: [sh, -c, "echo 'ERROR: 3 files left out'"], expect: { output_lacks: ERROR } }`,
      },
      honest: {
        steps: `- command: { run: [sh, -c, "echo done"], expect: { output_lacks: ERROR } }`,
      },
    },
    "failed output-has-forbidden",
  ),
  command(
    "The command ends with 0 and has done nothing",
    "exit code 0",
    {
      trap: { steps: `- command: { run: ["true"], expect: { output_has: "[1-9][0-9]* rows" } }` },
      honest: {
        steps: `- command: { run: [echo, 3 rows], expect: { output_has: "[1-9][0-9]* rows" } }`,
      },
    },
    "failed output-lacks-expected",
  ),
  command(
    "A line in the middle of the script fails",
    "the exit code of the last line",
    {
      trap: { steps: `- command: { script: "false\\necho done" }` },
      honest: { steps: `- command: { script: "true\\necho done" }` },
    },
    "failed command-failed",
  ),
  command(
    "The program is not there",
    "nothing failed",
    {
      trap: { steps: "- command: [no-such-program]" },
      honest: { steps: '- command: ["true"]' },
    },
    "error command-not-started",
  ),
  command(
    "The output that it must have is found in every output",
    "a pattern that matches empty text",
    {
      trap: { steps: `- command: { run: ["true"], expect: { output_has: "(ok)*" } }` },
      honest: { steps: `- command: { run: [echo, ok], expect: { output_has: "ok" } }` },
    },
    "refused step-refused",
  ),
];
