import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HostSpec } from "../../../src/model/plan.ts";
import type { Hosts } from "../../../src/ports/host.ts";
import { systemClock } from "../../../src/shell/clock.ts";
import { openHosts } from "../../../src/shell/ssh/index.ts";
import type { LabHost } from "./hosts.ts";

/** Where a host is reached: itself, or the link before it. */
interface Way {
  readonly address: string;
  readonly port: number;
}

export interface LabReach extends AsyncDisposable {
  readonly hosts: Hosts;
  /** As the project file would say it. */
  readonly specs: readonly HostSpec[];
  readonly knownHosts: string;
  /** What is known of the hosts is kept here; give it to a second opening to be the same project. */
  readonly folder: string;
}

/** Opens the lab's hosts as a run would: through our own ssh, with their keys enrolled. Hosts are called as in the lab. */
export function reachHosts(
  hosts: readonly LabHost[],
  given: {
    /** Instead of a host's own address. */
    readonly ways?: Readonly<Record<string, Way>>;
    readonly user?: string;
    readonly secrets?: readonly string[];
    readonly fence?: number;
    readonly who?: string;
    /** Of an opening before. */
    readonly folder?: string;
  } = {},
): LabReach {
  const folder = given.folder ?? mkdtempSync(join(tmpdir(), "sw-reach-"));
  const specs = hosts.map(({ name, user, key, ...own }): HostSpec => {
    const { address, port } = given.ways?.[name] ?? own;
    return { name, address, port, user: given.user ?? user, key };
  });
  const knownHosts = join(folder, "known_hosts.staging");
  writeFileSync(knownHosts, hosts.map(enrolled).join(""));
  const { PATH = "", HOME = "" } = process.env;
  const opened = openHosts({
    name: "staging",
    folder: join(folder, "hosts"),
    hosts: specs,
    knownHosts,
    project: folder,
    secrets: given.secrets ?? [],
    fence: given.fence === undefined ? undefined : { scope: "test/staging", number: given.fence },
    who: given.who ?? "ana@laptop",
    clock: systemClock,
    environment: { PATH, HOME },
  });
  return {
    hosts: opened.hosts,
    specs,
    knownHosts,
    folder,
    async [Symbol.asyncDispose]() {
      await opened.close();
      if (given.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The host's keys under its name, which is what our ssh asks for. */
function enrolled({ name, address, knownHostsFile }: LabHost): string {
  const lines = readFileSync(knownHostsFile, "utf8").split("\n");
  return lines
    .filter((line) => (line.split(" ")[0] ?? "").split(",").includes(address))
    .map((line) => `${name} ${line.split(" ").slice(1).join(" ")}\n`)
    .join("");
}
