import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Fault } from "../../src/model/failure.ts";
import type { Host, HostFacts, Hosts } from "../../src/ports/host.ts";
import type { Command, Shell } from "../../src/ports/shell.ts";
import { plainShell } from "./plain-shell.ts";

/** What a host of a test is like. */
export interface FolderHost {
  readonly facts?: Partial<HostFacts>;
  /** Programs that come first on its PATH: name → text of a shell script. */
  readonly programs?: Readonly<Record<string, string>>;
  /** With this Fault, or as one that nobody answers at. */
  readonly isAway?: boolean | Fault;
}

/** Hosts that are folders of this machine: `FOLDER/NAME` is the home, commands really run, and nothing is root's. */
export async function folderHosts(
  folder: string,
  given: Readonly<Record<string, FolderHost>>,
): Promise<Hosts & { readonly asked: Command[] }> {
  const asked: Command[] = [];
  const made = new Map<string, Host>();
  for (const [name, each] of Object.entries(given))
    made.set(name, await folderHost(join(folder, name), { name, asked, ...each }));
  return {
    asked,
    names: Object.keys(given),
    host(name) {
      const host = made.get(name);
      if (host === undefined) throw new Error(`this test has no host ${name}`);
      return host;
    },
  };
}

async function folderHost(
  home: string,
  { name, asked, facts, programs = {}, isAway }: FolderHost & { name: string; asked: Command[] },
): Promise<Host> {
  const bin = join(home, "bin");
  await mkdir(bin, { recursive: true });
  for (const [program, text] of Object.entries(programs))
    await writeFile(join(bin, program), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  const reach = () => {
    if (isAway === true) throw away(name);
    if (isAway instanceof Fault) throw isAway;
  };
  const shell = shellAt(home, bin, (command) => {
    reach();
    asked.push(command);
  });
  return {
    name,
    address: `ana@${name}`,
    shell,
    async facts() {
      reach();
      return { ...FACTS, home, ...facts };
    },
    async put({ path, text, mode }) {
      reach();
      const before = await readFile(path, "utf8").catch(() => undefined);
      if (before === text) return false;
      await mkdir(dirname(path), { recursive: true });
      await writeFile(`${path}.fresh`, text);
      await chmod(`${path}.fresh`, Number.parseInt(mode, 8));
      await rename(`${path}.fresh`, path);
      return true;
    },
    send: () => Promise.reject(new Error("this test sends nothing")),
    asRoot: async () => [],
  };
}

const FACTS: HostFacts = {
  user: "ana",
  uid: 1000,
  home: "/",
  boot: "b1",
  hasSystemd: true,
  hasRsync: true,
  system: "Debian GNU/Linux 12 (bookworm)",
  clockOffMs: 3,
};

function shellAt(home: string, bin: string, note: (command: Command) => void): Shell {
  const plain = plainShell();
  const placed = (command: Command): Command => ({
    cwd: home,
    ...command,
    env: { PATH: `${bin}:${process.env["PATH"] ?? ""}`, HOME: home, ...command.env },
  });
  return {
    ...plain,
    async look(command, limits) {
      note(command);
      return plain.look(placed(command), limits);
    },
  };
}

function away(name: string): Fault {
  return new Fault({
    code: "host-unreachable",
    what: `${name} (ana@${name}) can't be reached: Connection refused.`,
    fix: "See that it runs.",
  });
}
