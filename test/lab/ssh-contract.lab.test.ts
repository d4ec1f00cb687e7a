/** A host's Shell keeps the same promises as this machine's. The folder of the tests is one that both see. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import {
  keepsTheShellContract,
  keepsTheSlowShellContract,
  keepsTheStreamContract,
  SECRET,
  type ShellUnderTest,
} from "../contracts/shell.contract.ts";
import { startHosts, type LabHost, type LabHosts } from "./rig/hosts.ts";
import { reachHosts, type LabReach } from "./rig/open-hosts.ts";

let folder: string;
let all: LabHosts;
let lab: LabHost;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sw-contract-"));
  chmodSync(folder, 0o755);
  all = await startHosts({ prefix: "swx-deal", count: 1, volumes: [`${folder}:${folder}`] });
  lab = all.hosts[0]!;
});

afterAll(async () => {
  await all[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function runsThere(pid: number): Promise<boolean> {
  const stat = await lab.exec(["cat", `/proc/${pid}/stat`]).catch(() => "");
  return stat !== "" && !/\) [ZX] /.test(stat);
}

const shellOf = ({ hosts }: LabReach) => hosts.host(lab.name).shell;

describe.each([
  // What is written here belongs to whoever runs the tests; only root may read it there.
  ["root", true],
  ["deploy", false],
])("the shell of a host for %s", (user, hasStreams) => {
  let reaches: readonly [LabReach, LabReach];
  let surroundings: readonly string[];
  let place = "";

  beforeAll(async () => {
    place = join(folder, user);
    mkdirSync(place);
    chmodSync(place, 0o777);
    const first = reachHosts([lab], { user, secrets: [SECRET] });
    reaches = [first, reachHosts([lab], { user, secrets: [SECRET], folder: first.folder })];
    const { stdout } = await shellOf(first).look({ argv: ["env"] }, { timeoutMs: 60_000 });
    surroundings = stdout.split("\n").flatMap((line) => line.split("=")[0] || []);
  });

  afterAll(async () => {
    for (const reach of reaches.toReversed()) await reach[Symbol.asyncDispose]();
  });

  const get = (): ShellUnderTest => ({
    shell: shellOf(reaches[0]),
    other: shellOf(reaches[1]),
    folder: place,
    surroundings,
    runs: runsThere,
    // A connection lies between, and the machine has other things to do.
    slowness: 5,
  });

  keepsTheShellContract(get);
  if (hasStreams) {
    describe("stream", () => keepsTheStreamContract(get));
    describe("in time", () => keepsTheSlowShellContract(get));
  }
});
