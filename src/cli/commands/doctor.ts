import { accessSync, constants, statfsSync, statSync } from "node:fs";
import path from "node:path";
import type { Workplace } from "../../actions/workplace.ts";
import { showSize } from "../../lib/size.ts";
import { EXIT } from "../../model/exit.ts";
import { Fault } from "../../model/failure.ts";
import { onGiven, type AddCommand } from "../command.ts";
import { look } from "../look.ts";

interface Check {
  readonly name: string;
  readonly good: boolean;
  readonly says: string;
  /** What to do when it is not good. */
  readonly fix: string;
}

/** `seaworthy doctor` */
export const addDoctor: AddCommand = (program, bridge, done) => {
  const command = program
    .command("doctor")
    .summary("is everything here that is needed")
    .description(
      "Checks this machine and this project: versions, tools, disk, permissions, the project file, and every run's history against its hashes.",
    );
  onGiven(command, done, ({ common }) =>
    look(bridge, common, async (workplace) => {
      const checks = await examine(workplace, bridge.environment["PATH"] ?? "");
      const bad = checks.filter(({ good }) => !good);
      const lines = checks.map(
        ({ good, name, says, fix }) =>
          `${good ? "✓" : "✗"} ${name}: ${says}\n${good ? "" : `    fix: ${fix}\n`}`,
      );
      const last = bad.length === 0 ? "Everything is in order.\n" : `${bad.length} to mend.\n`;
      return {
        text: lines.join("") + last,
        json: { checks },
        exit: bad.length > 0 ? EXIT.refused : EXIT.accepted,
      };
    }),
  );
};

async function examine(workplace: Workplace, searchPath: string): Promise<readonly Check[]> {
  const before = [nodeCheck(), sqliteCheck(), gitCheck(searchPath), projectCheck(workplace)];
  const trouble = stateTrouble(workplace);
  if (trouble) return [...before, trouble];
  const { state } = workplace;
  return [...before, diskCheck(state), stateCheck(state), await historyCheck(workplace)];
}

/** Opens the state, and says why when it can't be had. */
function stateTrouble(workplace: Workplace): Check | undefined {
  try {
    void workplace.journal;
    return undefined;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { name: "state", good: false, says: error.failure.what, fix: error.failure.fix };
  }
}

function nodeCheck(): Check {
  const { node } = process.versions;
  const fix = "Install Node 24 or newer.";
  return { name: "node", good: Number(node.split(".")[0]) >= 24, says: node, fix };
}

/** Older ones may damage a journal that several processes write (the WAL-reset fault, mended in 3.51.3). */
function sqliteCheck(): Check {
  const sqlite = process.versions["sqlite"] ?? "none";
  const [major = 0, minor = 0, patch = 0] = sqlite.split(".").map(Number);
  const good = major > 3 || minor > 51 || (minor === 51 && patch >= 3);
  return { name: "sqlite", good, says: sqlite, fix: "Install the newest Node of your line." };
}

function gitCheck(searchPath: string): Check {
  const found = searchPath
    .split(path.delimiter)
    .map((folder) => path.join(folder, "git"))
    .find(isExecutable);
  return {
    name: "git",
    good: found !== undefined,
    says: found ?? "not found",
    fix: "Install git; `checkout` needs it.",
  };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const LEAST_FREE = 1024 ** 3;

function diskCheck(folder: string): Check {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  return {
    name: "disk",
    good: free >= LEAST_FREE,
    says: `${showSize(free)} free`,
    fix: "Free at least 1 GB where .seaworthy lies.",
  };
}

function stateCheck(folder: string): Check {
  const mode = statSync(folder).mode & 0o077;
  const says = mode === 0 ? `${folder} is yours alone` : `${folder} is open to others`;
  return { name: "state", good: mode === 0, says, fix: `chmod 700 ${folder}` };
}

function projectCheck(workplace: Workplace): Check {
  const project = workplace.loadProject();
  const faults = (project.ok ? project.value.check() : project.diagnostics).filter(
    (d) => d.severity === "error",
  );
  const counted = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
  const says = faults.length === 0 ? "nothing is wrong" : counted;
  return {
    name: "project file",
    good: faults.length === 0,
    says,
    fix: "See them: seaworthy validate",
  };
}

async function historyCheck({ journal }: Workplace): Promise<Check> {
  let entries = 0;
  try {
    const heads = await journal.runs();
    for (const { id } of heads) entries += (await journal.read(id)).length;
    return {
      name: "history",
      good: true,
      says: `${heads.length} runs, ${entries} entries, every hash fits`,
      fix: "",
    };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { name: "history", good: false, says: error.failure.what, fix: error.failure.fix };
  }
}
