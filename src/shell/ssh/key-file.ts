import { accessSync, constants, existsSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileTrouble } from "../../lib/file-trouble.ts";
import type { Failure } from "../../model/failure.ts";
import type { HostSpec } from "../../model/plan.ts";

interface Files {
  readonly hosts: readonly HostSpec[];
  /** Absolute folder that relative paths begin at. */
  readonly project: string;
}

/** What is wrong with the first key or certificate that ssh is to use for a host, or for one on the way to it. Failure `host-key-file`. */
export function keyFileTrouble(name: string, { hosts, project }: Files): Failure | undefined {
  for (const host of wayTo(name, hosts)) {
    const files = [
      { is: "key", written: host.key },
      { is: "certificate", written: host.certificate },
    ];
    for (const { is, written } of files) {
      const why = written === undefined ? undefined : whyNot(is, absolute(written, project));
      if (why !== undefined)
        return {
          code: "host-key-file",
          what: `The ${is} ${written} of ${host.name} can't be used: ${why}.`,
          fix: `Correct \`${is}\` of the host in the project file, or put the file there.`,
        };
    }
  }
  return undefined;
}

/** The host, and those that it is reached through; never one twice. */
function wayTo(name: string, hosts: readonly HostSpec[]): readonly HostSpec[] {
  const way: HostSpec[] = [];
  for (let next: string | undefined = name; next !== undefined;) {
    const found = hosts.find((each) => each.name === next);
    if (found === undefined || way.includes(found)) break;
    way.push(found);
    next = found.jump;
  }
  return way;
}

/** As ssh reads it: `~` is the home folder of who runs us, whatever HOME says. */
function absolute(written: string, project: string): string {
  if (!written.startsWith("~/")) return path.resolve(project, written);
  return path.join(os.userInfo().homedir, written.slice(2));
}

function whyNot(is: string, file: string): string | undefined {
  // The public half alone does, where an agent has the private one.
  if (is === "key" && !existsSync(file) && existsSync(`${file}.pub`)) return undefined;
  try {
    accessSync(file, constants.R_OK);
    return statSync(file).isDirectory() ? "it is a folder" : undefined;
  } catch (error) {
    const trouble = fileTrouble(error);
    if (trouble === undefined) throw error;
    return trouble.code === "EACCES" ? "you may not read it" : trouble.why;
  }
}
