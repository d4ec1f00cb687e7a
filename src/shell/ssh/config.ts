import type { HostSpec } from "../../model/plan.ts";
import path from "node:path";

/** A broken connection is noticed after this many questions without an answer, so many seconds apart. */
const ALIVE_SECONDS = 5;
const ALIVE_COUNT = 4;

interface Files {
  readonly knownHosts: string;
  /** Where paths of keys begin. */
  readonly project: string;
}

/**
 * Our own ssh_config(5): nothing of the user's or the system's applies. Only enrolled host keys are accepted, nothing is
 * asked on a terminal, and nothing of this machine is forwarded.
 */
export function configText(hosts: readonly HostSpec[], { knownHosts, project }: Files): string {
  const common = [
    "BatchMode yes",
    "StrictHostKeyChecking yes",
    `UserKnownHostsFile ${word(knownHosts)}`,
    "GlobalKnownHostsFile /dev/null",
    "UpdateHostKeys no",
    "CheckHostIP no",
    "ForwardAgent no",
    "ForwardX11 no",
    "PermitLocalCommand no",
    "RequestTTY no",
    "EscapeChar none",
    "ConnectTimeout 10",
    `ServerAliveInterval ${ALIVE_SECONDS}`,
    `ServerAliveCountMax ${ALIVE_COUNT}`,
    "LogLevel ERROR",
  ];
  const blocks = hosts.map((host) => [`Host ${host.name}`, ...own(host, project)].join("\n  "));
  return `${[...blocks, ["Host *", ...common].join("\n  ")].join("\n\n")}\n`;
}

function own(
  { name, address, user, port, key, certificate, jump }: HostSpec,
  project: string,
): readonly string[] {
  return [
    `HostName ${word(address)}`,
    // The name in the project file is what a key belongs to: addresses come and go.
    `HostKeyAlias ${name}`,
    ...(user === undefined ? [] : [`User ${word(user)}`]),
    ...(port === undefined ? [] : [`Port ${port}`]),
    ...(key === undefined ? [] : [`IdentityFile ${file(key, project)}`, "IdentitiesOnly yes"]),
    ...(certificate === undefined ? [] : [`CertificateFile ${file(certificate, project)}`]),
    ...(jump === undefined ? [] : [`ProxyJump ${jump}`]),
  ];
}

function file(written: string, project: string): string {
  return word(written.startsWith("~/") ? written : path.resolve(project, written));
}

/** ssh takes % for the beginning of something else, and spaces for the end of a word. */
function word(text: string): string {
  return `"${text.replaceAll(/["\\\n\r]/g, "").replaceAll("%", "%%")}"`;
}
