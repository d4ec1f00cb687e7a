import { spawn } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import type { Entry } from "../../src/model/event.ts";
import { orphansOf, processesOf } from "./processes.ts";
import { proofsApp } from "./proofs-app.ts";
import { PROOFS_FILES, proofsYaml } from "./proofs-plan.ts";
import { MAIN, makeProject, makeRepository, type TestProject } from "./project.ts";
import { follow, until, type Landed, type Sailing } from "./sailing.ts";
import { freePort } from "./shop.ts";

/** A place in the release, or in what the plan starts, where it waits as long as the gate is closed. */
export type Gate =
  | "metrics"
  | "load"
  | "sample"
  | "suite"
  | "look"
  | "again"
  | "download"
  | "poll"
  | "always"
  | "late"
  | "fit"
  | "page";

/** A shop where v1 serves, and a plan that proves v2 by every kind of proof. */
export interface ProofsShop extends TestProject {
  close(gate: Gate): void;
  open(gate: Gate): void;
  /** Resolves when something waits there; fails with the run's words when that ends before. */
  reached(gate: Gate, run: Sailing): Promise<void>;
  /** Starts Seaworthy as a process of its own; `atWrite` kills it the moment before that durable write. */
  sail(words: readonly string[], atWrite?: number): Sailing;
  /** Words that deploy v2. */
  words(plan: "deploy" | "look", check?: "true" | "false"): readonly string[];
  events(run?: string): Promise<readonly Entry[]>;
  /** How often each act has really happened. */
  counted(): Readonly<Record<string, number>>;
  answers(): Promise<string | undefined>;
  /** What nobody would ever remove or end. */
  leftovers(): readonly string[];
}

export async function makeProofsShop({ together = false } = {}): Promise<ProofsShop> {
  const port = await freePort();
  const filled = (text: string) => text.replaceAll("PORT", String(port));
  const project = makeProject({
    ...PROOFS_FILES,
    "seaworthy.yaml": filled(proofsYaml({ together })),
    "audit.log": "",
    counter: "",
  });
  const { folder } = project;
  const [gates, temporary, counter] = ["gates", "tmp", "counter"].map((name) =>
    path.join(folder, name),
  ) as [string, string, string];
  for (const each of [gates, temporary]) mkdirSync(each);
  const app = proofsApp(folder);
  makeRepository(path.join(folder, "app"), { v1: app, v2: { "notes.txt": "the second" } });
  const sail = (words: readonly string[], atWrite?: number) =>
    sailAlone(
      [...(atWrite === undefined ? [] : cutAt(atWrite)), process.execPath, MAIN, ...words],
      {
        folder,
        temporary,
      },
    );
  const made: ProofsShop = {
    ...project,
    sail,
    [Symbol.asyncDispose]: async () => {
      rmSync(gates, { recursive: true, force: true });
      await project[Symbol.asyncDispose]();
    },
    close: (gate) => writeFileSync(path.join(gates, gate), ""),
    open(gate) {
      rmSync(path.join(gates, gate), { force: true });
      appendFileSync(path.join(gates, "reached"), `open ${gate}\n`);
    },
    async reached(gate, run) {
      let early: Landed | undefined;
      void run.ended.then((ended) => (early = ended));
      const waits = () => {
        const seen = lines(path.join(gates, "reached"));
        return seen.lastIndexOf(gate) > seen.lastIndexOf(`open ${gate}`);
      };
      await until(
        () => early !== undefined || waits(),
        () => `the gate ${gate}; until now:\n${run.said()}`,
        60_000,
      );
      if (!waits()) throw new Error(`ended before the gate ${gate}:\n${early?.err}${early?.out}`);
    },
    words: (plan, check = "true") => [
      "run",
      plan,
      "TAG=v2",
      `COUNTER=${counter}`,
      `CHECK=${check}`,
    ],
    async events(run = "2") {
      const { out } = await project.seaworthy(["watch", run, "--events"]);
      return out
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Entry & { type: string })
        .filter(({ type }) => type === "entry");
    },
    counted() {
      const counts: Record<string, number> = {};
      for (const name of lines(counter)) counts[name] = (counts[name] ?? 0) + 1;
      return counts;
    },
    answers: () => versionAt(port),
    leftovers: () => [
      ...readdirSync(temporary).filter((name) => !/^sw-|^node-compile-cache$/.test(name)),
      ...(existsSync(path.join(folder, ".seaworthy/store/scratch")) ? ["store/scratch"] : []),
      ...orphansOf(folder),
      ...processesOf(folder)
        .filter(({ words }) => /suite\.mjs|seed\.mjs|visit\.mjs|--user-data-dir/.test(words))
        .map(({ words }) => words),
    ],
  };
  const first = await sail(["run", "first", "TAG=v1", `COUNTER=${counter}`]).ended;
  if (first.exit === 0) return made;
  await made[Symbol.asyncDispose]();
  throw new Error(`the first deploy ended with ${first.exit}:\n${first.err}${first.out}`);
}

/** In a process group of its own, as a shell gives it to whoever runs in its terminal. */
function sailAlone(
  [program = "", ...words]: readonly string[],
  { folder, temporary }: { folder: string; temporary: string },
): Sailing {
  const env = { PATH: process.env["PATH"], HOME: folder, SEAWORTHY_USER: "ana", CI: "1" };
  return follow(
    spawn(program, words, {
      cwd: folder,
      env: { ...env, TMPDIR: temporary },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    }),
  );
}

function cutAt(write: number): readonly string[] {
  const cut = `inject=fsync,fdatasync:signal=SIGKILL:when=${write}`;
  return ["strace", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", cut];
}

async function versionAt(port: number): Promise<string | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/`);
    return ((await response.json()) as { version?: string }).version;
  } catch {
    return undefined;
  }
}

function lines(file: string): readonly string[] {
  return read(file).split("\n").filter(Boolean);
}

function read(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}
