import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keyFileTrouble } from "./key-file.ts";

let project: string;
beforeAll(() => {
  project = mkdtempSync(path.join(os.tmpdir(), "seaworthy-key-file-"));
  writeFileSync(path.join(project, "id_there"), "a key");
  writeFileSync(path.join(project, "id_agent.pub"), "its public half");
  mkdirSync(path.join(project, "folder"));
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

const trouble = (host: { key?: string; certificate?: string; jump?: string }) =>
  keyFileTrouble("web1", {
    project,
    hosts: [
      { name: "web1", address: "10.0.0.1", ...host },
      { name: "gate", address: "10.0.0.2", key: "id_gate" },
    ],
  });

test.each([
  ["no key of its own", {}],
  ["a key that is there", { key: "id_there" }],
  ["a key of which an agent has the private half", { key: "id_agent" }],
])("%s is fine", (_, host) => {
  expect(trouble(host)).toBeUndefined();
});

test.each([
  [{ key: "id_gone" }, "The key id_gone of web1 can't be used: it is not there."],
  [
    { key: "~/.ssh/id_of_nobody_here" },
    "The key ~/.ssh/id_of_nobody_here of web1 can't be used: it is not there.",
  ],
  [{ key: "folder" }, "The key folder of web1 can't be used: it is a folder."],
  [
    { key: "id_there", certificate: "gone.pub" },
    "The certificate gone.pub of web1 can't be used: it is not there.",
  ],
  [{ key: "id_there", jump: "gate" }, "The key id_gate of gate can't be used: it is not there."],
])("%j", (host, what) => {
  expect(trouble(host)).toMatchObject({ code: "host-key-file", what });
});
