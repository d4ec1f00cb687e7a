/** The benches' project file, and how it is run as users run it. */
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LabHost, LabHosts } from "../../test/lab/rig/hosts.ts";
import { PORTS, takes } from "./yard.ts";

/** The same ten commands as in deploy.sh and deploy.yml. */
const COMMANDS = [
  ["sha256sum", "--quiet", "--check", "SUMS"],
  ["install", "-d", "var"],
  ["install", "-m", "600", "settings.sample", "var/settings"],
  ["chmod", "755", "app.py"],
  ["test", "-s", "files/100"],
  ["sh", "-c", "df -P . >var/disk"],
  ["sh", "-c", "stat -c %s files/0 >var/size"],
  ["cp", "VERSION", "var/seen"],
  ["sort", "-o", "var/sorted", "SUMS"],
  ["touch", "var/installed"],
] as const;

export interface Bench {
  /** Deploys the tag onto the hosts of that environment; milliseconds. */
  deploy(environment: string, tag: string): Promise<number>;
}

/** Writes a project beside `app.git` in the folder, with an environment for each list of hosts. */
export function openProject(
  folder: string,
  bin: string,
  lab: LabHosts,
  given: {
    readonly environments: Readonly<Record<string, readonly LabHost[]>>;
    /** Further lines of the target. */
    readonly target: Readonly<Record<string, unknown>>;
  },
): Bench {
  const project = join(folder, "project");
  mkdirSync(project);
  copyFileSync(join(lab.folder, "known_hosts"), join(project, "known_hosts"));
  const target = {
    driver: "systemd",
    root: "/srv/seaworthy",
    units: {
      "by-seaworthy": { command: ["/usr/bin/python3", "-S", "app.py"], port: PORTS.seaworthy },
    },
    ready: { get: "/", version: "version" },
    // The rivals look once, too.
    settle_for: "0s",
    install: COMMANDS,
    ...given.target,
  };
  const environments = Object.entries(given.environments).map(([name, hosts]) => [
    name,
    {
      targets: ["app"],
      known_hosts: "known_hosts",
      hosts: Object.fromEntries(
        hosts.map(({ name: host, address, user, key }) => [host, { address, user, key }]),
      ),
    },
  ]);
  const steps = [{ checkout: { tag: "${TAG}", repo: join(folder, "app.git") } }, { deploy: "app" }];
  const text = {
    version: 1,
    project: "bench",
    inputs: { TAG: {} },
    targets: { app: target },
    environments: Object.fromEntries(environments),
    plans: { deploy: { steps } },
  };
  // JSON is YAML.
  writeFileSync(join(project, "seaworthy.yaml"), JSON.stringify(text, undefined, 1));
  return {
    deploy: (environment, tag) =>
      takes(
        [process.execPath, bin, "run", "deploy", "--env", environment, `TAG=${tag}`],
        project,
        {},
      ),
  };
}
