import { accessSync, constants, statfsSync, statSync } from "node:fs";
import path from "node:path";
import {
  examineHosts,
  type HostHealth,
  type HostsHealth,
  needsOf,
  type Needs,
} from "../../actions/doctor-hosts.ts";
import type { Workplace } from "../../actions/workplace.ts";
import { showSafely } from "../../lib/escape.ts";
import { sideBySide, type Comparison } from "../../lib/side-by-side.ts";
import { showSize } from "../../lib/size.ts";
import { EXIT } from "../../model/exit.ts";
import { Fault } from "../../model/failure.ts";
import { onGiven, type AddCommand, type Bridge, type Given } from "../command.ts";
import { inputsFrom } from "../inputs.ts";
import { look, wrongText, type Found } from "../look.ts";
import { environmentOf } from "./people.ts";

interface Check {
  readonly name: string;
  readonly good: boolean;
  readonly says: string;
  /** What to do when it is not good. */
  readonly fix: string;
}

/** `seaworthy doctor [--host HOST --env ENV]` */
export const addDoctor: AddCommand = (program, bridge, done) => {
  const command = program
    .command("doctor")
    .summary("is everything here that is needed")
    .description(
      "Checks this machine and this project: versions, tools, disk, permissions, the project file, and every run's history against its hashes. With --host it checks machines of an environment instead, and says how to mend them.",
    )
    .argument("[inputs...]", "with --host, settings of the project: NAME=VALUE")
    .option("--host <name>", "a host of the environment, or all of them: all")
    .option("-e, --env <name>", "environment (needed when the project has several)");
  onGiven(command, done, (given) =>
    look(bridge, given.common, (workplace) => {
      const host = given.text("host");
      return host === undefined
        ? examineHere(bridge, workplace)
        : examineThere(bridge, workplace, { given, host });
    }),
  );
};

async function examineHere(bridge: Bridge, workplace: Workplace): Promise<Found> {
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
}

/** Columns of a table that goes to a file or another program. */
const WIDE = 120;

async function examineThere(
  bridge: Bridge,
  workplace: Workplace,
  { given, host }: { readonly given: Given; readonly host: string },
): Promise<Found> {
  const examined = await examineHosts(workplace, {
    environment: environmentOf(workplace, given.text("env")),
    hosts: host === "all" ? host : [host],
    inputs: inputsFrom(given.rest, workplace, bridge.environment),
  });
  if (!examined.ok) return wrongText(bridge, workplace, examined.diagnostics);
  const { hosts } = examined.value;
  const table = sideBySide(comparison(examined.value), bridge.terminal.outColumns ?? WIDE);
  const bad = hosts.flatMap(({ rows }) => rows.filter((row) => row?.isGood === false)).length;
  return {
    text: showSafely(`${table}\n${remedies(hosts)}${verdict(hosts)}`),
    json: { hosts },
    exit: bad > 0 ? EXIT.refused : EXIT.accepted,
  };
}

/** Hosts that can't be reached apart from what is to be mended on the others: those were asked nothing. */
function verdict(hosts: readonly HostHealth[]): string {
  const away = hosts.filter(({ rows }) => rows[0]?.isGood === false);
  const bad = hosts
    .filter((host) => !away.includes(host))
    .flatMap(({ rows }) => rows.filter((row) => row?.isGood === false)).length;
  const unreached = `${away.length} of ${hosts.length} hosts can't be reached`;
  if (away.length === 0) return bad === 0 ? "Everything is in order.\n" : `${bad} to mend.\n`;
  return bad === 0 ? `${unreached}.\n` : `${unreached}; ${bad} to mend on the others.\n`;
}

function comparison({ questions, hosts }: HostsHealth): Comparison {
  return {
    questions,
    sides: hosts.map(({ host, rows }) => ({
      name: host,
      cells: rows.map((row) => row && { text: row.found, isGood: row.isGood, advice: "" }),
    })),
  };
}

/** What to type, each in a line of its own, so that it can be copied. */
function remedies(hosts: readonly HostHealth[]): string {
  const told = new Map<string, string[]>();
  for (const { host, rows } of hosts)
    for (const row of rows) {
      if (row === null || row.isGood) continue;
      const text = `${row.name}: ${row.found}\n    fix: ${row.fix}\n`;
      told.set(text, [...(told.get(text) ?? []), host]);
    }
  return [...told].map(([text, names]) => `✗ ${names.join(", ")}: ${text}`).join("");
}

async function examine(workplace: Workplace, searchPath: string): Promise<readonly Check[]> {
  const before = [
    nodeCheck(),
    sqliteCheck(),
    ...toolChecks(searchPath, needsOf(workplace)),
    projectCheck(workplace),
  ];
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

/** Programs of this machine; one that no plan of the project needs is only told of. */
function toolChecks(searchPath: string, { hosts, docker }: Needs): readonly Check[] {
  return [
    toolCheck(searchPath, "git", { need: true, fix: "Install git; `checkout` needs it." }),
    toolCheck(searchPath, "ssh", {
      need: hosts,
      fix: "Install OpenSSH's client: apt-get install openssh-client",
    }),
    toolCheck(searchPath, "rsync", {
      need: false,
      without: hosts ? "folders are sent by tar" : undefined,
    }),
    toolCheck(searchPath, "docker", {
      need: docker,
      fix: "Install docker; targets of this project need it.",
    }),
  ];
}

function toolCheck(
  searchPath: string,
  name: string,
  {
    need,
    without,
    fix = "",
  }: { readonly need: boolean; readonly without?: string | undefined; readonly fix?: string },
): Check {
  const found = searchPath
    .split(path.delimiter)
    .map((folder) => path.join(folder, name))
    .find(isExecutable);
  const missing = need ? "not found" : `not found; ${without ?? "no plan here needs it"}`;
  return { name, good: found !== undefined || !need, says: found ?? missing, fix };
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
