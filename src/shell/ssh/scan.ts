import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Fault } from "../../model/failure.ts";
import type { HostSpec } from "../../model/plan.ts";
import type { HostKeys } from "../../ports/host-keys.ts";
import { look } from "../look.ts";
import { troubleOf } from "./trouble.ts";
import type { SshWorld } from "./world.ts";

const MOST_STDOUT = 64 * 1024;

/**
 * Asks hosts for their keys with our own settings, so over their jump host where they have one: ssh-keyscan knows no jumps.
 * ssh writes what it is shown into a file of our own and gets no further: no key of ours is offered.
 */
export function openHostKeys(specs: readonly HostSpec[], world: SshWorld): HostKeys {
  return {
    async shown(name, limits) {
      const folder = mkdtempSync(path.join(os.tmpdir(), "sw-scan-"));
      try {
        const file = path.join(folder, "known_hosts");
        const argv = scan(name, { config: world.config(), file });
        const launch = { argv, cwd: "/", env: world.environment };
        const told = await look(launch, { ...limits, maxBytes: MOST_STDOUT }, world);
        const key = keyIn(file);
        if (key) return key;
        const address = specs.find((each) => each.name === name)?.address ?? name;
        const reached = { name, address, environment: world.environmentName };
        throw new Fault(troubleOf(told.tail, reached).failure);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

function scan(
  name: string,
  { config, file }: { readonly config: string; readonly file: string },
): readonly [string, ...string[]] {
  const options = [
    "StrictHostKeyChecking=accept-new",
    `UserKnownHostsFile=${file}`,
    "HashKnownHosts=no",
    "PreferredAuthentications=none",
    "ControlPath=none",
  ];
  return [
    "ssh",
    "-F",
    config,
    ...options.flatMap((each) => ["-o", each]),
    "-T",
    "--",
    name,
    "true",
  ];
}

function keyIn(file: string) {
  const text = textOf(file);
  const [, type, key] = text.trim().split(/\s+/);
  return type === undefined || key === undefined ? undefined : { type, key };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // ssh was shown nothing.
    return "";
  }
}
