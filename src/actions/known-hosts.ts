import { hash } from "node:crypto";
import type { HostKey } from "../ports/host-keys.ts";

/** As `ssh-keygen -l` shows it. */
export function fingerprint({ key }: HostKey): string {
  return `SHA256:${hash("sha256", Buffer.from(key, "base64"), "base64").replace(/=+$/, "")}`;
}

/** The keys that a file of known hosts has under a name. */
export function keysOf(text: string, host: string): readonly HostKey[] {
  return text.split("\n").flatMap((line) => {
    const [names = "", type, key] = line.trim().split(/\s+/);
    const isMeant = names.split(",").includes(host) && type !== undefined && key !== undefined;
    return isMeant ? [{ type, key }] : [];
  });
}

/** The file with this key as the host's only one, and a line that says who enrolled it; every other line stays. */
export function withKey(text: string, host: string, { shown, by }: Enrolled): string {
  const lines = text.split("\n").filter((line) => !isOf(line, host));
  while (lines.at(-1) === "") lines.pop();
  const said = `# ${host}: ${fingerprint(shown)} enrolled ${by}`;
  return [...lines, said, `${host} ${shown.type} ${shown.key}`, ""].join("\n");
}

interface Enrolled {
  readonly shown: HostKey;
  /** `2026-11-21T16:00:00Z by ana@laptop` */
  readonly by: string;
}

function isOf(line: string, host: string): boolean {
  return line.startsWith(`# ${host}: `) || line.split(/\s/)[0] === host;
}
