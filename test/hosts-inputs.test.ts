/** Commands about hosts whose addresses are inputs: what is not given is asked for, and never taken for "no hosts". */
import { expect, test } from "vitest";
import { makeProject } from "./rig/project.ts";

const PROJECT = `version: 1
project: shop
inputs:
  APP1: { required: true }
  APP2: { default: 127.0.0.2 }
  TAG: { required: true }
environments:
  staging:
    hosts:
      app1: { address: "\${APP1}", user: deploy }
      app2: "deploy@\${APP2}"
plans:
  look:
    steps: [{ command: ["echo", "\${TAG}"] }]
`;

test.each([
  ["list", ["hosts", "list"]],
  ["enrol", ["hosts", "enrol", "app1"]],
  ["doctor", ["doctor", "--host", "all"]],
])("%s asks for the input that a host's address is made of", async (_, words) => {
  await using project = makeProject({ "seaworthy.yaml": PROJECT });
  const { exit, out, err } = await project.seaworthy(words);

  expect(exit).toBe(2);
  expect(err).toContain("APP1 must be given, and it is not.");
  expect(err).toContain("Give it with the command, APP1=…");
  expect(out).toBe("");
});

test("as a document, the missing input is told too", async () => {
  await using project = makeProject({ "seaworthy.yaml": PROJECT });
  const { exit, out } = await project.seaworthy(["hosts", "list", "--json"]);

  expect(exit).toBe(2);
  expect(JSON.parse(out)).toMatchObject({
    diagnostics: [{ code: "input-missing", what: "APP1 must be given, and it is not." }],
  });
});

test("a command about hosts asks for no input that is for something else, and for none that is no input", async () => {
  await using project = makeProject({ "seaworthy.yaml": PROJECT });
  const unknown = await project.seaworthy(["hosts", "enrol", "app9", "APP1=127.0.0.1"]);
  const misspelt = await project.seaworthy(["hosts", "list", "APP1=127.0.0.1", "APP3=x"]);

  expect(unknown.err).toContain('no host "app9"');
  expect(unknown.err).toContain("Use one of: app1, app2.");
  expect(misspelt.exit).toBe(2);
  expect(misspelt.err).toContain("APP3 is not an input of this project.");
});
