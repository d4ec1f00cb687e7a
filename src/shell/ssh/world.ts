import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
  linkSync,
  readFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { createMask, type Mask } from "../../lib/mask.ts";
import { errorCode } from "../../lib/error-code.ts";
import { sha256 } from "../../lib/digest.ts";
import { Fault } from "../../model/failure.ts";
import { openLeash, type Leash } from "../leash.ts";
import { configText } from "./config.ts";
import { keyFileTrouble } from "./key-file.ts";
import { openManifests, type Manifests } from "./manifests.ts";
import type { HostsOptions } from "./index.ts";

/** What all lines of one environment share. */
export interface SshWorld {
  readonly environmentName: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: HostsOptions["clock"];
  readonly mask: Mask;
  readonly leash: Leash;
  readonly manifests: Manifests;
  /** Absolute folder for what is known of the hosts. */
  readonly folder: string;
  /** Scope, owner and number as the script on a host takes them; number 0 for looking only. */
  readonly fence: readonly [scope: string, owner: string, number: number];
  /** Of this state alone: two checkouts of a project number their runs alike, and share hosts. */
  readonly owner: string;
  /** Who deploys, for whoever else finds the hosts taken. */
  readonly who: string;
  /** Why a host can't be reached with the files of the project: its own, and of those that it is reached through. Fault `host-key-file`. */
  refuseMissingFiles(name: string): void;
  /** Path of our ssh_config, which is written when it is first asked for. */
  config(): string;
  /** A folder with a short path, for sockets alone. */
  sockets(): string;
  close(): void;
}

export function openWorld(options: HostsOptions): SshWorld {
  let config: string | undefined;
  let sockets: string | undefined;
  const { folder, fence } = options;
  const scope = fence === undefined ? "none" : sha256(fence.scope).slice(0, 32);
  let known: string | undefined;
  const owner = () => (known ??= ownerOf(path.dirname(folder)));
  return {
    get owner() {
      return owner();
    },
    who: options.who,
    environmentName: options.name,
    environment: options.environment,
    clock: options.clock,
    mask: createMask(options.secrets),
    leash: openLeash(),
    manifests: openManifests(),
    folder,
    get fence() {
      return [scope, owner(), fence?.number ?? 0] as const;
    },
    refuseMissingFiles(name) {
      const trouble = keyFileTrouble(name, options);
      if (trouble !== undefined) throw new Fault(trouble);
    },
    config: () => (config ??= writeConfig(options)),
    // A socket's path may have 107 bytes, and the folder of the state may be anywhere.
    sockets: () => (sockets ??= mkdtempSync(path.join(os.tmpdir(), "sw-ssh-"))),
    close() {
      if (sockets !== undefined) rmSync(sockets, { recursive: true, force: true });
    },
  };
}

/** Made once for a state, and as lasting as that. */
function ownerOf(folder: string): string {
  const file = path.join(folder, "owner");
  if (existsSync(file)) return readFileSync(file, "utf8").trim();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, `${randomBytes(8).toString("hex")}\n`, { mode: 0o600 });
  try {
    // The first one wins.
    linkSync(fresh, file);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  } finally {
    rmSync(fresh, { force: true });
  }
  return readFileSync(file, "utf8").trim();
}

function writeConfig({ folder, hosts, knownHosts, project }: HostsOptions): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const text = configText(hosts, { knownHosts, project });
  // Another process of ours may read it meanwhile, and may have been given other inputs.
  const file = path.join(folder, `ssh_config.${sha256(text).slice(0, 12)}`);
  if (!existsSync(file)) {
    const fresh = `${file}.${process.pid}`;
    writeFileSync(fresh, text, { mode: 0o600 });
    renameSync(fresh, file);
  }
  return file;
}
