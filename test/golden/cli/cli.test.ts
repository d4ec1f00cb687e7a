import { afterAll, beforeAll, expect, test } from "vitest";
import { makeProject, type TestProject } from "../../rig/project.ts";

/**
 * What a person reads, word by word: the texts beside this file. `npx vitest run test/golden/cli --update` writes them anew;
 * read them aloud before you commit them.
 */
const PROJECT = `version: 1
project: shop
about: Sells things
inputs:
  TAG: { default: v2, about: Git tag to deploy }
secrets:
  TOKEN: { generate: hex, bytes: 16, about: Opens the metrics }
environments:
  staging: { url: "http://127.0.0.1:1" }
plans:
  deploy:
    about: Put a tag on staging, or leave staging as it was
    steps:
      - preflight: [{ tool: node, version: ">=20" }, { secret: TOKEN, min_length: 32 }]
        secrets: [TOKEN]
      - id: stock
        about: Count the stock
        command: [node, -e, "console.log('stock=3')"]
        effect: read
      - id: publish
        command: [node, -e, "console.log('published')"]
        undo: { run: [node, -e, "console.log('hidden again')"] }
        save: publish.log
      - id: letter
        about: Tell customers by mail
        command: [node, -e, ""]
        effect: once
        undo: { none: a letter that was sent stays sent }
        when: "\${TAG} != v3"
      - id: count
        about: Count the stock once more
        command: [node, -e, "if (process.env.TAG === 'v3') { console.error('stock is -1\\\\nno such table: copies'); process.exit(3); }"]
        env: { TAG: "\${TAG}" }
        effect: read
        hints: { "no such table": "Run the migrations first." }
        save: count.log
`;

let project: TestProject;
const golden: Record<string, string> = {};

beforeAll(async () => {
  project = makeProject({ "seaworthy.yaml": PROJECT });
  const take = async (name: string, words: readonly string[]) => {
    const { exit, out, err } = await project.seaworthy(words);
    golden[name] = settled(`$ seaworthy ${words.join(" ")}\n${err}${out}[exit ${exit}]\n`);
  };
  await take("help", ["--help"]);
  await take("help-run", ["run", "--help"]);
  await take("help-exit-codes", ["help", "exit-codes"]);
  await take("help-settings", ["help", "settings"]);
  await take("status-before", ["status"]);
  await take("plan-before", ["plan", "deploy"]);
  await take("run", ["run", "deploy"]);
  await take("run-fails", ["run", "deploy", "TAG=v3"]);
  await take("plan", ["plan", "deploy", "TAG=v3"]);
  await take("status", ["status"]);
  await take("history", ["history"]);
  await take("explain", ["explain"]);
  await take("explain-step", ["explain", "2/publish"]);
  await take("unknown-run", ["explain", "7"]);
  await take("unknown-plan", ["run", "deplo"]);
  await take("unknown-command", ["rnu"]);
  await take("missing-word", ["run"]);
}, 60_000);
afterAll(async () => project[Symbol.asyncDispose]());

/** What differs from run to run, in words that do not. */
function settled(text: string): string {
  return text
    .replaceAll(project.folder, "FOLDER")
    .replace(/\S*seaworthy-test-\w+/g, "FOLDER")
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+Z|Z)?/g, "DATE-AND-TIME      ")
    .replace(/\[\d\d:\d\d:\d\d\]/g, "[TIME]")
    .replace(/\b\d+(?:\.\d+)? (?:ms|s|min)\b/g, "DURATION")
    .replaceAll(process.versions.node, "NODE-VERSION");
}

test.each([
  "help",
  "help-run",
  "help-exit-codes",
  "help-settings",
  "status-before",
  "plan-before",
  "run",
  "run-fails",
  "plan",
  "status",
  "history",
  "explain",
  "explain-step",
  "unknown-run",
  "unknown-plan",
  "unknown-command",
  "missing-word",
])("%s reads as it should", async (name) => {
  await expect(golden[name]).toMatchFileSnapshot(`${name}.txt`);
});

test("every text was asked for", () => {
  expect(Object.keys(golden)).toHaveLength(17);
});
