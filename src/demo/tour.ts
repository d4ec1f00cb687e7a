import { accessSync, constants, existsSync, mkdirSync, readdirSync } from "node:fs";
import { bridgeOf } from "../bridge.ts";
import type { Bridge } from "../cli/command.ts";
import { goTo, unusableFolder } from "../cli/folders.ts";
import { main } from "../cli/main.ts";
import { paint } from "../cli/paint.ts";
import { showDuration } from "../lib/duration.ts";
import { EXIT } from "../model/exit.ts";
import { Fault } from "../model/failure.ts";
import { visitor } from "./visitor.ts";
import { layOut } from "./lay-out.ts";

interface Leg {
  readonly says: string;
  readonly tag: string;
  /** The exit code that this leg must end with. */
  readonly exit: number;
}

const LEGS: readonly Leg[] = [
  {
    says: "v0.9.0 is good: it is deployed, proven and accepted.",
    tag: "v0.9.0",
    exit: EXIT.accepted,
  },
  {
    says: "v1.0.0-rc1 starts, is healthy, and cannot make a PDF.\nOnly the scenario notices; then everything goes back by itself.",
    tag: "v1.0.0-rc1",
    exit: EXIT.rolledBack,
  },
  { says: "v1.0.0-rc2 is mended, and brings a migration.", tag: "v1.0.0-rc2", exit: EXIT.accepted },
];

/** Lays a small real application out in a fresh folder and deploys it three times, once with a release that is not fit. */
export async function sailDemo(folder: string, process: NodeJS.Process): Promise<number> {
  // What the demo deploys, and where, must not depend on variables that happen to be set.
  const { TAG: _tag, PORT: _port, BASE_URL: _url, SMOKE_USER: _user, ...environment } = process.env;
  const bridge = bridgeOf(process, { folder, environment });
  const { terminal } = bridge;
  makeFresh(folder);
  const began = performance.now();
  terminal.err(
    `Demo: an exam-grading application in ${folder}.\nNothing outside of this folder is touched.\n`,
  );
  const { port } = await layOut(folder, process);
  const client = visitor(`http://127.0.0.1:${port}/api/health/`);
  let exit: number = EXIT.accepted;
  for (const leg of LEGS) {
    terminal.err(`\n${paint(terminal, "bold", leg.says)}\n$ seaworthy run deploy TAG=${leg.tag}\n`);
    const got = await main(["run", "deploy", `TAG=${leg.tag}`], bridge);
    if (got !== leg.exit) {
      exit = got === EXIT.accepted ? EXIT.mistake : got;
      terminal.err(
        `\n✗ this leg should have ended with exit ${leg.exit}, and ended with ${got}.\n`,
      );
      break;
    }
    client.begin();
  }
  const counted = await client.end();
  terminal.out(`\n${counted.words}\n`);
  if (counted.failed > 0) exit = exit === EXIT.accepted ? EXIT.mistake : exit;
  if (exit === EXIT.accepted) sayNext(bridge, { folder, port, tookMs: performance.now() - began });
  return exit;
}

function sayNext(
  bridge: Bridge,
  { folder, port, tookMs }: { folder: string; port: number; tookMs: number },
): void {
  bridge.terminal.out(`
✓ Demo done in ${showDuration(tookMs)}.
v1.0.0-rc2 is at http://127.0.0.1:${port}/ until you stop it.
Artifacts of the three runs are in .seaworthy/runs/ there; 2/summary.html first.

Try next:
  ${goTo(globalThis.process.cwd(), folder)}
${wordsOf(bridge.callFrom(folder))}`);
}

const NEXT: readonly (readonly [words: string, says: string])[] = [
  ["status", "what is where"],
  ["explain 2", "why rc1 was not fit"],
  ["plan deploy TAG=v1.0.0-rc2", "what a run would do"],
  ["run smoke", "prove what serves once more"],
  ["rollback", "take rc2 back, data and all"],
  ["env stop", "stop what runs"],
  ["init FOLDER", "now for real"],
];

const COLUMNS = 80;

/** Lines that a shell takes as they stand; the remark goes above where there is no room beside. */
function wordsOf(call: string): string {
  const wide = Math.max(...NEXT.map(([words]) => words.length)) + call.length + 3;
  const fits = NEXT.every(([, says]) => wide + says.length + 4 <= COLUMNS);
  return NEXT.map(([words, says]) => {
    const line = `  ${call} ${words}`;
    return fits ? `${line.padEnd(wide)}  # ${says}\n` : `  # ${says}\n${line}\n`;
  }).join("");
}

/** Fault `folder-unusable`, or `folder-not-empty`. */
function makeFresh(folder: string): void {
  try {
    // Only the last part: a mistyped path must not become a tree of folders.
    if (!existsSync(folder)) mkdirSync(folder);
    if (readdirSync(folder).length === 0) return accessSync(folder, constants.W_OK);
  } catch (error) {
    throw unusableFolder(folder, error);
  }
  throw notEmpty(folder);
}

function notEmpty(folder: string): Fault {
  return new Fault({
    code: "folder-not-empty",
    what: `${folder} exists and is not empty.`,
    fix: "Name a fresh folder: seaworthy init --demo FOLDER",
  });
}
