import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { makeProject, makeRepository, type TestProject } from "../../rig/project.ts";
import { removeAll } from "./compose-target.ts";
import { PROXIES } from "./switch-stack.ts";

/** Services that a release brings its own containers of, and those that it must leave alone. */
const RELEASED = ["web", "worker"];
const LASTING = ["data", "front"];

/** The start takes no second, and the end no time: what is to be met are the moments in between. */
const COMPOSE = `version: "3.7"
services:
  web:
    image: lab/node:24
    command: [node, -e, "require('node:http').createServer((_, answer) => answer.end(process.env.RELEASE)).listen(8000)"]
    environment: { RELEASE: "\${RELEASE}" }
    stop_grace_period: 0s
    healthcheck: { test: [CMD, wget, -qO-, "http://127.0.0.1:8000/version"], interval: 1s }
  worker:
    image: lab/busybox:1
    command: [sh, -c, "case $$RELEASE in ill*) exit 3 ;; esac; exec sleep 100000"]
    environment: { RELEASE: "\${RELEASE}" }
    stop_grace_period: 0s
    depends_on: [data]
  data:
    image: lab/busybox:1
    command: [sleep, "100000"]
    stop_grace_period: 0s
  front:
    image: ${PROXIES.nginx.image}
    ports: ["127.0.0.1:PORT:80"]
    volumes: ["./front.conf:${PROXIES.nginx.at}:ro"]
    stop_grace_period: 0s
    depends_on: [web]
`;

/** Each act that must not happen twice leaves a line in \`counter\`. */
const PROJECT = `version: 1
project: light
inputs:
  TAG: { required: true, about: Git tag to deploy }
  COUNTER: { required: true, about: File that counts }
  CHECK: { default: "true", about: Program that judges the release }
targets:
  stack:
    driver: compose
    name: NAME
    keep: 2
    stable: 300ms
    ready: { get: /version, port: PORT, version: text }
    switch:
      web: { kind: nginx, proxy: front, port: 8000, ready: { get: /version, version: text }, drain: 1s }
environments:
  lab: { url: "http://127.0.0.1:PORT", targets: [stack] }
plans:
  gate:
    steps:
      - clean: stack
      - include: deploy
  deploy:
    steps:
      - checkout: { tag: "\${TAG}", repo: app }
      - id: first
        command: [sh, count.sh, first]
        env: { COUNTER: "\${COUNTER}" }
        undo: { run: [sh, count.sh, undo-first] }
      - id: up
        deploy: stack
        healthy_within: 60s
      - health: { get: /version, within: 30s }
      - id: third
        command: [sh, count.sh, third]
        env: { COUNTER: "\${COUNTER}" }
        undo: { none: a line in a file }
      - id: fit
        command: ["\${CHECK}"]
        undo: { none: it only looks }
`;
const COUNT = `echo "$1" >> "$COUNTER"\n`;

/** A stack of four small services that Seaworthy deploys in seconds, looked at from outside. */
export interface LightStack extends TestProject {
  readonly name: string;
  /** Words that put a tag onto it; `check` is a program that judges it. */
  deploy(tag: string, check?: string): readonly string[];
  /** The same after everything was taken down. */
  gate(tag: string, check?: string): readonly string[];
  counted(): Readonly<Record<string, number>>;
  /** Every container as the engine has it now. */
  picture(): Promise<readonly string[]>;
  /** What is not as it should be where this tag serves: nothing, when it is whole. */
  notWhole(tag: string): Promise<readonly string[]>;
}

/** Its repository has these tags; the services of one that begins with `ill` do not stay up. */
export async function openLightStack(
  name: string,
  port: number,
  tags: readonly string[],
): Promise<LightStack> {
  await removeAll(name);
  const stack = lightStackBeside(name, port, tags);
  return {
    ...stack,
    async [Symbol.asyncDispose]() {
      await stack[Symbol.asyncDispose]();
      await removeAll(name);
    },
  };
}

/** The same from a folder of its own, for an engine that may have a stack of that name already. */
export function lightStackBeside(name: string, port: number, tags: readonly string[]): LightStack {
  const filled = (text: string) => text.replaceAll("PORT", String(port)).replaceAll("NAME", name);
  const project = makeProject({ "seaworthy.yaml": filled(PROJECT) });
  const files = {
    "compose.yaml": filled(COMPOSE),
    "front.conf": PROXIES.nginx.config.replace("valid=2s", "valid=1s"),
    "count.sh": COUNT,
  };
  makeRepository(
    path.join(project.folder, "app"),
    Object.fromEntries(tags.map((tag) => [tag, files])),
  );
  const counter = path.join(project.folder, "counter");
  const lasting = new Map<string, string>();
  const inputs = (tag: string, check = "true") => [
    `TAG=${tag}`,
    `COUNTER=${counter}`,
    `CHECK=${check}`,
  ];
  return {
    ...project,
    name,
    deploy: (tag, check) => ["run", "deploy", ...inputs(tag, check)],
    gate: (tag, check) => ["run", "gate", ...inputs(tag, check)],
    counted() {
      const counts: Record<string, number> = {};
      const acts = existsSync(counter) ? readFileSync(counter, "utf8").split("\n") : [];
      for (const act of acts.filter(Boolean)) counts[act] = (counts[act] ?? 0) + 1;
      return counts;
    },
    picture: async () => (await containersOf(name)).map((each) => JSON.stringify(each)).toSorted(),
    async notWhole(tag) {
      const all = await containersOf(name);
      const answer = await answerAt(port);
      return [
        ...(answer === `200 ${tag}` ? [] : [`the front answers ${answer}`]),
        ...notAsMeant(all, tag),
        ...LASTING.flatMap((service) => changed(lasting, service, all)),
        ...(await leftBeside(name)),
      ];
    },
    [Symbol.asyncDispose]: () => project[Symbol.asyncDispose](),
  };
}

async function answerAt(port: number): Promise<string> {
  try {
    const signal = AbortSignal.timeout(5_000);
    const response = await fetch(`http://127.0.0.1:${port}/version`, { signal });
    return `${response.status} ${(await response.text()).trim()}`;
  } catch (error) {
    return String(error);
  }
}

interface Seen {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly service: string;
  readonly release: string;
  /** RELEASE in its environment. */
  readonly tag: string;
}

function notAsMeant(all: readonly Seen[], tag: string): readonly string[] {
  const shown = all.map((each) => `${each.service} ${each.state} ${each.release} ${each.tag}`);
  const id = all.find((each) => each.tag === tag)?.release ?? "none of it";
  const wanted = [
    ...RELEASED.map((service) => `${service} running ${id} ${tag}`),
    ...LASTING.map((service) => `${service} running  `),
  ];
  const isSame = shown.toSorted().join("\n") === wanted.toSorted().join("\n");
  return isSame && id.startsWith(`${tag}+`) ? [] : [`containers: ${shown.join(", ")}`];
}

/** The first one seen is what it must stay. */
function changed(
  lasting: Map<string, string>,
  service: string,
  all: readonly Seen[],
): readonly string[] {
  const now = all.find((each) => each.service === service)?.id ?? "gone";
  const before = lasting.get(service) ?? now;
  lasting.set(service, before);
  return now === before ? [] : [`${service} is another container`];
}

/** Networks, and containers with the stack's name in theirs that carry no label of Compose. */
async function leftBeside(name: string): Promise<readonly string[]> {
  const networks = await lines("network", "ls", "--filter", of(name), "--format", "{{.Name}}");
  const known = new Set((await containersOf(name)).map((each) => each.name));
  const named = await lines("ps", "-a", "--filter", `name=${name}`, "--format", "{{.Names}}");
  return [
    ...(networks.length === 1 ? [] : [`networks: ${networks.join(", ")}`]),
    ...named.filter((each) => !known.has(each)).map((each) => `${each} is left`),
  ];
}

const FIELDS = `{{.Id}}|{{.Name}}|{{.State.Status}}|{{index .Config.Labels "com.docker.compose.service"}}|{{with index .Config.Labels "seaworthy.release"}}{{.}}{{end}}|{{json .Config.Env}}`;

async function containersOf(name: string): Promise<readonly Seen[]> {
  const ids = await lines("ps", "-aq", "--no-trunc", "--filter", of(name));
  if (ids.length === 0) return [];
  return (await lines("container", "inspect", "-f", FIELDS, ...ids)).map((line) => {
    const [id = "", called = "", state = "", service = "", release = "", env = ""] =
      line.split("|");
    const tag = /"RELEASE=([^"]*)"/.exec(env)?.[1] ?? "";
    return { id, name: called.replace("/", ""), state, service, release, tag };
  });
}

function of(name: string): string {
  return `label=com.docker.compose.project=${name}`;
}

const execute = promisify(execFile);

async function lines(...args: readonly string[]): Promise<readonly string[]> {
  return (await execute("docker", args)).stdout.split("\n").filter(Boolean);
}
