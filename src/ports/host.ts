import type { Limits, Shell } from "./shell.ts";

/** What a host says of itself; asked once for each opening. */
export interface HostFacts {
  readonly user: string;
  readonly uid: number;
  /** Home folder of the user. */
  readonly home: string;
  /** Changes when the host is booted anew. */
  readonly boot: string;
  /** Whether systemd is its first process. */
  readonly hasSystemd: boolean;
  readonly hasRsync: boolean;
  /** `Debian GNU/Linux 12 (bookworm)`. */
  readonly system: string;
  /** Its clock less ours, as exactly as the connection lets us know. */
  readonly clockOffMs: number;
}

/** A small file with a text that we know, such as a unit or a file of settings. */
export interface HostFile {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
  /** `0600`. */
  readonly mode: string;
  /** `user` or `user:group`; the ssh user's own when left out. */
  readonly owner?: string;
  /** Whether root's rights are needed to write it: then `sudo -n` is used, unless the user is root. */
  readonly asRoot?: boolean;
}

/** Files to be sent. */
export interface Sending {
  /** Absolute folder here. */
  readonly from: string;
  /** Absolute folder on the host; made when it is not there. Afterwards it holds exactly the files of `from`. */
  readonly to: string;
  /** Absolute folder on the host with files that are likely the same: what is the same there is not sent. */
  readonly base?: string;
}

/** What was sent, once it has been proven on the host, file by file. */
export interface Sent {
  readonly files: number;
  /** Of all files together. */
  readonly bytes: number;
  /** That went over the wire, as far as the tool can say. */
  readonly sentBytes: number;
  /** Of the list of all files with their digests and modes: the same for the same files. */
  readonly sha256: string;
}

/**
 * A machine that is reached over ssh.
 *
 * Its Shell keeps every promise of the port: a keyed command leaves its receipt on the host and goes on when the connection
 * breaks; the same call made again re-attaches. A command's default folder is the user's home there; the files of `stream` and
 * of an output are files here. When the host can't be reached, `look` and `stream` have the Fault `host-unreachable`, and `run`
 * asks again until its time is up.
 */
export interface Host {
  readonly name: string;
  /** As people write it: `deploy@10.0.0.11`. */
  readonly address: string;
  readonly shell: Shell;
  /** Connects, when that has not been done. Faults `host-unreachable`, `host-key-unknown`, `host-key-changed`, `host-refused`. */
  facts(limits: Limits): Promise<HostFacts>;
  /** Puts a file in its place as a whole, durable, its text by stdin. Hands back whether anything was different before. */
  put(file: HostFile, limits: Limits): Promise<boolean>;
  /** Sends a folder; only what is not there already. May be done again after a break, and goes on from there. */
  send(sending: Sending, limits: Limits): Promise<Sent>;
  /** The words before a command that needs root's rights: none for root, `sudo -n --` for everybody else. */
  asRoot(limits: Limits): Promise<readonly string[]>;
}

/** The hosts of an environment. */
export interface Hosts {
  /** In the order of the project file, without those that others are only reached through. */
  readonly names: readonly string[];
  /** Connects nowhere yet. Fault `no-such-host`. */
  host(name: string): Host;
}
