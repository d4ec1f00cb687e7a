import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createSafe } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { drivers } from "../../src/drivers/index.ts";
import type { Result } from "../../src/model/event.ts";
import { Fault } from "../../src/model/failure.ts";
import type { Json, JsonObject } from "../../src/model/json.ts";
import { resolve } from "../../src/model/lookup.ts";
import type { Plan, Step } from "../../src/model/plan.ts";
import { checkProject } from "../../src/plan/check-project.ts";
import { makePlan } from "../../src/plan/make-plan.ts";
import { readProject } from "../../src/plan/read-project.ts";
import type { Driver } from "../../src/ports/driver.ts";
import { openBrowsers } from "../../src/shell/browser/index.ts";
import { systemClock } from "../../src/shell/clock.ts";
import { openHttp } from "../../src/shell/http.ts";
import { openLoad } from "../../src/shell/load/index.ts";
import { steps as kinds } from "../../src/steps/index.ts";
import { fakeWork } from "../rig/fake-work.ts";
import { folderHosts } from "../rig/folder-hosts.ts";
import { pem } from "../rig/hostile-servers.ts";
import { freePort } from "../rig/local-target.ts";
import { plainShell } from "../rig/plain-shell.ts";
import { KEY_TEXT, type Reply, type Scene, type Serve } from "./trap.ts";

/** What was said at the end. */
export interface Told {
  readonly outcome: Result["outcome"] | "refused";
  readonly code: string;
  readonly what: string;
}

type Facts = Readonly<Record<string, Json>>;

/** Reads, plans and carries out the steps of a scene with everything real but its target. */
export async function play(scene: Scene): Promise<Told> {
  const folder = await mkdtemp(join(tmpdir(), "seaworthy-false-green-"));
  const server = await listen(scene);
  try {
    await layOut(scene, join(folder, "project"), server.url);
    const planned = planOf(scene, { url: server.url, folder });
    if ("outcome" in planned) return planned;
    return await carryOut(planned, { scene, folder });
  } finally {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function layOut(scene: Scene, project: string, url: string): Promise<void> {
  await mkdir(project, { recursive: true });
  for (const [name, content] of Object.entries(scene.files ?? {})) {
    await mkdir(dirname(join(project, name)), { recursive: true });
    await writeFile(join(project, name), here(content, url));
  }
  for (const [name, sql] of Object.entries(scene.databases ?? {})) {
    using database = new DatabaseSync(join(project, name));
    database.exec(sql);
  }
  for (const [name, text] of Object.entries(scene.there ?? {})) {
    const file = join(hostFolder(dirname(project)), name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { mode: 0o600 });
  }
}

/** What is `/there` in a scene. */
function hostFolder(folder: string): string {
  return join(folder, "app1");
}

function here<Content extends string | Buffer>(content: Content, url: string): string | Content {
  return typeof content === "string" ? content.replaceAll("http://here", url) : content;
}

interface Ground {
  readonly url: string;
  readonly folder: string;
}

function planOf(scene: Scene, ground: Ground): Plan | Told {
  const { url } = ground;
  const read = (name: string) => {
    const content = scene.files?.[name];
    return content === undefined ? undefined : here(content, url).toString();
  };
  const project = readProject(
    { text: projectText(scene, ground), path: "seaworthy.yaml", files: { read } },
    { kinds, drivers },
  );
  const found = project.ok ? checkProject(project.value) : project.diagnostics;
  const wrong = found.find(({ severity }) => severity === "error");
  if (wrong !== undefined) return { outcome: "refused", code: wrong.code, what: wrong.what };
  if (!project.ok) throw new Error("refused without a diagnostic");
  const plan = makePlan(project.value, { plan: "prove", inputs: {} });
  if (!plan.ok) throw new Error(JSON.stringify(plan.diagnostics));
  return plan.value;
}

function projectText({ before = "", steps, there }: Scene, { url, folder }: Ground): string {
  const lines = `${before.trim()}\n${here(steps, url).trim()}`
    .trim()
    .replaceAll("/there", hostFolder(folder));
  return `version: 1
project: shop
targets:
  web: { driver: local, port: 8080, ready: { get: /health }, processes: { web: { command: [node, app.js] } } }
environments:
  staging: { url: "${url}", targets: [web]${there ? ", hosts: { app1: ana@app1 }" : ""} }
${there ? "secrets: { KEY: { about: A key } }" : ""}
plans:
  prove:
    steps:
      ${lines.replaceAll("\n", "\n      ")}
`;
}

/** The last step's result, or that of the first which does not pass. */
async function carryOut(
  plan: Plan,
  { scene, folder }: { readonly scene: Scene; readonly folder: string },
): Promise<Told> {
  const known: Record<string, Facts> = {};
  const first = (scene.before ?? "").split("\n").filter((line) => line.startsWith("- ")).length;
  let result: Result | undefined;
  for (const step of plan.steps.slice(first)) {
    result = await attempt(step, { plan, scene, folder, known });
    if (result.outcome !== "passed") break;
  }
  if (result === undefined) throw new Error("the scene has no step");
  const { outcome, failure, summary = "" } = result;
  return { outcome, code: failure?.code ?? "", what: failure?.what ?? summary };
}

interface Around {
  readonly plan: Plan;
  readonly scene: Scene;
  readonly folder: string;
  readonly known: Record<string, Facts>;
}

const RELEASE = { id: "v2+2222222", name: "v2", commit: "2".repeat(40) };

async function attempt(step: Step, around: Around): Promise<Result> {
  const { plan, scene, folder, known } = around;
  const kind = kinds.find(({ name }) => name === step.kind);
  if (kind === undefined) throw new Error(`no kind ${step.kind}`);
  // The plan has parsed it already.
  const planned = { ...kind, spec: z.any() };
  await using fake = await fakeWork(planned, {
    folder,
    spec: answered(step.spec, around),
    step,
    factsOf: known,
    facts: known[step.id] ?? {},
    http: openHttp(),
    shell: plainShell(),
    drivers: { web: scene.target as Driver },
    ...(scene.there && {
      hosts: await folderHosts(folder, { app1: {} }),
      secrets: { KEY: KEY_TEXT },
    }),
    ...(scene.before?.includes("checkout") && { release: RELEASE }),
  });
  const work = Object.assign(fake.work, {
    plan,
    clock: systemClock,
    load: openLoad(),
    browsers: openBrowsers(),
  });
  const result = await kind.run(work).catch((error: unknown): Result => {
    if (!(error instanceof Fault)) throw error;
    return { outcome: "error", failure: error.failure };
  });
  known[step.id] = { ...work.facts, ...result.facts };
  return result;
}

function answered(spec: JsonObject, { plan, folder }: Around): JsonObject {
  const answers: Readonly<Record<string, string>> = {
    "env.url": plan.environment.url ?? "",
    "steps.checkout.path": join(folder, "project"),
  };
  const resolved = resolve(spec, (name) => answers[name]);
  if ("missing" in resolved) throw new Error(`nobody answers ${resolved.missing.join(", ")}`);
  return resolved.value as JsonObject;
}

async function listen({ serve, certificate }: Scene) {
  const listener = serve === undefined ? undefined : answering(serve);
  if (listener === undefined)
    return { url: `http://127.0.0.1:${await freePort()}`, close: async () => undefined };
  const keys = certificate && { key: pem(`${certificate}.key`), cert: pem(`${certificate}.pem`) };
  const server: Server = keys ? createSafe(keys, listener) : createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `${keys ? "https" : "http"}://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function answering(serve: Serve): RequestListener {
  let asked = 0;
  return (request, response) => {
    request.resume();
    const reply = typeof serve === "function" ? serve(request.url ?? "/", asked++) : serve;
    const { status = 200, type = "text/plain", headers = {}, body = "", short = 0 }: Reply = reply;
    const send = () => {
      response.writeHead(status, {
        "content-type": type,
        "content-length": Buffer.byteLength(body) + short,
        ...headers,
      });
      response.write(body);
      if (short > 0) response.socket?.end();
      else response.end();
    };
    if (reply.afterMs === undefined) send();
    else setTimeout(send, reply.afterMs);
  };
}
