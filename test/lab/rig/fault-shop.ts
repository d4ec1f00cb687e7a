import { execFile, execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { makeProject, type Said } from "../../rig/project.ts";
import { removeAll } from "./compose-target.ts";

const SEAWORTHY = fileURLToPath(new URL("../../../bin/seaworthy.cjs", import.meta.url));

/** A project whose stack is as light as one can be, driven by the real command, for a release after another. */
export interface FaultShop extends AsyncDisposable {
  readonly folder: string;
  readonly name: string;
  readonly port: number;
  /** Commits these files and tags them. */
  tag(tag: string, files: Readonly<Record<string, string>>): void;
  /** Runs a command of Seaworthy's in the project. */
  seaworthy(words: readonly string[], env?: Readonly<Record<string, string>>): Promise<Said>;
  deploy(tag: string, env?: Readonly<Record<string, string>>): Promise<Said>;
  /** What the port answers as: the name of the release. */
  answers(port?: number): Promise<string | undefined>;
  /** Each container of the stack, those that have ended included: `web running v1`. */
  standing(): readonly string[];
  /** What was kept of a run, by name. */
  kept(run: number, name: string): string;
}

export interface ShopOptions {
  readonly name: string;
  readonly port: number;
  readonly compose?: "v1" | "v2";
  /** Lines of the target instead of the usual ones; steps before the deploy and after it; more of the whole file. */
  readonly target?: string;
  /** How long a release may take. */
  readonly within?: string;
  readonly build?: string;
  readonly steps?: string;
  readonly more?: string;
}

/** The service `web`: it answers with its release, and is well once its check passes. */
export function web(port: number, more = ""): string {
  return `  web:
    image: lab/busybox:1
    command: ["sh", "-c", "mkdir -p /www && echo '{\\"version\\":\\"\${RELEASE}\\"}' > /www/version.json && exec httpd -f -p 8080 -h /www"]
    stop_signal: SIGKILL
    stop_grace_period: 1s
    ports: ["127.0.0.1:${port}:8080"]
    healthcheck: { test: ["CMD", "wget", "-q", "-O-", "http://127.0.0.1:8080/version.json"], interval: 1s, retries: 2 }
${more}`;
}

export function stack(...services: readonly string[]): Readonly<Record<string, string>> {
  return { "compose.yaml": `version: "3.8"\nservices:\n${services.join("")}` };
}

export function openFaultShop(options: ShopOptions): FaultShop {
  const { name, port } = options;
  const project = makeProject({ "seaworthy.yaml": plan(options) });
  const { folder } = project;
  const git = (...words: string[]) =>
    execFileSync("git", ["-c", "user.name=ana", "-c", "user.email=ana@shop.example", ...words], {
      cwd: path.join(folder, "shop"),
      stdio: "ignore",
    });
  project.write("shop/README", "A shop.\n");
  git("init", "--quiet", "--initial-branch", "main");
  const seaworthy: FaultShop["seaworthy"] = (words, env = {}) => run(folder, words, env);
  return {
    folder,
    name,
    port,
    tag(tag, files) {
      for (const [file, text] of Object.entries(files)) project.write(`shop/${file}`, text);
      git("add", "--all");
      git("commit", "--quiet", "--allow-empty", "--message", tag);
      git("tag", tag);
    },
    seaworthy,
    deploy: (tag, env) => seaworthy(["run", "deploy", `TAG=${tag}`], env),
    answers: (at = port) => answersAt(at),
    standing: () => standing(name),
    kept: (number, file) =>
      readFileSync(path.join(folder, ".seaworthy/runs", String(number), file), "utf8"),
    async [Symbol.asyncDispose]() {
      await removeAll(name);
      await project[Symbol.asyncDispose]();
    },
  };
}

function plan({ name, port, compose = "v2", target = "", ...given }: ShopOptions) {
  return `version: 1
project: shop
inputs: { TAG: { about: What is deployed } }
targets:
  stack:
    driver: compose
    name: ${name}
    compose: ${compose}
    stable: 500ms
${target === "" ? `    ready: { get: /version.json, port: ${port} }\n` : target}environments:
  staging: { url: "http://127.0.0.1:${port}", targets: [stack] }
plans:
  deploy:
    steps:
      - checkout: { tag: "\${TAG}", repo: shop }
${given.build ?? ""}      - deploy: stack
        healthy_within: ${given.within ?? "30s"}
${given.steps ?? ""}${given.more ?? ""}`;
}

function run(
  folder: string,
  words: readonly string[],
  more: Readonly<Record<string, string>>,
): Promise<Said> {
  const env = { PATH: process.env["PATH"], HOME: process.env["HOME"], ...more };
  return new Promise((resolve) => {
    execFile(process.execPath, [SEAWORTHY, ...words], { cwd: folder, env }, (error, out, err) =>
      resolve({ exit: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}

async function answersAt(port: number): Promise<string | undefined> {
  const answer = await fetch(`http://127.0.0.1:${port}/version.json`).catch(() => undefined);
  if (answer?.ok !== true) return undefined;
  const body: unknown = await answer.json();
  return typeof body === "object" && body !== null && "version" in body
    ? String(body.version)
    : undefined;
}

function standing(name: string): readonly string[] {
  const format =
    '{{.Label "com.docker.compose.service"}} {{.State}} {{.Label "seaworthy.release"}}';
  const filter = `label=com.docker.compose.project=${name}`;
  return execFileSync("docker", ["ps", "-a", "--filter", filter, "--format", format], {
    encoding: "utf8",
  })
    .split("\n")
    .filter(Boolean)
    .map((line) => line.replace(/\+.*/, ""))
    .toSorted();
}

/** Names of all that was kept of a run. */
export function keptNames({ folder }: Pick<FaultShop, "folder">, number: number): string[] {
  const place = path.join(folder, ".seaworthy/runs", String(number));
  return existsSync(place) ? readdirSync(place).toSorted() : [];
}
