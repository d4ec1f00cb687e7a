import { existsSync, mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { bridgeOf } from "../bridge.ts";
import { main } from "../cli/main.ts";
import { paint } from "../cli/paint.ts";
import type { Terminal } from "../cli/terminal.ts";
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
    says: "v1.0.0-rc1 starts, is healthy, and cannot make a PDF. Only the scenario notices; then everything goes back by itself.",
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
  if (existsSync(folder) && readdirSync(folder).length > 0) throw notEmpty(folder);
  mkdirSync(folder, { recursive: true });
  const began = performance.now();
  terminal.err(
    `Demo: an exam-grading application in ${folder}. Nothing outside of this folder is touched.\n`,
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
  if (exit === EXIT.accepted)
    sayNext(terminal, { folder, port, tookMs: performance.now() - began });
  return exit;
}

function sayNext(
  terminal: Terminal,
  { folder, port, tookMs }: { folder: string; port: number; tookMs: number },
): void {
  const where = path.relative(globalThis.process.cwd(), folder) || ".";
  terminal.out(`
✓ Demo done in ${showDuration(tookMs)}. v1.0.0-rc2 is at http://127.0.0.1:${port}/ until you stop it.

Artifacts of the three runs are in ${path.join(where, ".seaworthy/runs/")}
Look into 2/summary.html first.
Try next, in ${where}:
  seaworthy status
  seaworthy explain 2                     why rc1 was not fit
  seaworthy plan deploy TAG=v1.0.0-rc2    what a run would do, and its way back
  seaworthy run smoke                     prove what serves once more
  seaworthy rollback                      take rc2 back: release, schema and data
  seaworthy env stop                      stop the application and its door
Now for real: seaworthy init
`);
}

function notEmpty(folder: string): Fault {
  return new Fault({
    code: "folder-not-empty",
    what: `${folder} exists and is not empty.`,
    fix: "Name a fresh folder: seaworthy init --demo FOLDER",
  });
}
