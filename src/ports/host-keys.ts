import type { Limits } from "./shell.ts";

/** A public key by which a host shows that it is the one that we mean. */
export interface HostKey {
  /** `ssh-ed25519` */
  readonly type: string;
  /** base64 */
  readonly key: string;
}

/** Asks hosts for their keys. */
export interface HostKeys {
  /**
   * The key that a host shows now, over the way that the project file names. Nothing is signed in to, and nothing is
   * believed. Faults `host-unreachable`, and those of the host that it is reached through.
   */
  shown(host: string, limits: Limits): Promise<HostKey>;
}
