import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { makeProject, makeRepository, type TestProject } from "./project.ts";

const APP = `import { createServer } from "node:http";
const name = process.env.RELEASE_NAME;
createServer((request, response) => {
  if (request.url === "/secret") console.log("token is " + process.env.TOKEN);
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ version: name, fit: FIT }));
}).listen(Number(process.env.PORT), process.env.HOST);
process.on("SIGTERM", () => process.exit(0));
`;

/** Writes its name down each time it really runs, outside of the product's sight. */
const COUNT = `echo "$1" >> "$COUNTER"\n`;

/** A shop of 8 lines, deployed by the embedded default; each act that must not happen twice leaves a line in \`counter\`. */
export const SHOP_YAML = `version: 1
project: shop
inputs:
  TAG: { required: true, about: Git tag to deploy }
  COUNTER: { required: true, about: File that counts }
  CHECK: { default: "true", about: Program that judges the release }
secrets:
  TOKEN: { generate: hex, bytes: 16 }
targets:
  web:
    driver: local
    port: PORT
    processes: { web: { command: [node, server.mjs] } }
    ready: { get: /, version: version }
    secrets: [TOKEN]
environments:
  staging: { url: "http://127.0.0.1:PORT", targets: [web] }
plans:
  deploy:
    log: deploy.log
    steps:
      - checkout: { tag: "\${TAG}", repo: app }
      - id: first
        command: [sh, count.sh, first]
        env: { COUNTER: "\${COUNTER}" }
        undo: { run: [sh, count.sh, undo-first] }
      - id: second
        command: [sh, count.sh, second]
        env: { COUNTER: "\${COUNTER}" }
        undo: { run: [sh, count.sh, undo-second] }
      - id: up
        deploy: web
        healthy_within: 30s
        save: { output: up.log, state: ps_final.log, logs: logs_full.log, undo: rollback_down.log }
      - health: { get: /, identity: { json: $.version }, within: 30s }
      - id: third
        command: [sh, count.sh, third]
        env: { COUNTER: "\${COUNTER}" }
        undo: { none: a line in a file }
      - id: fit
        command: ["\${CHECK}"]
        undo: { none: it only looks }
`;

export interface Shop extends TestProject {
  readonly port: number;
  /** How often each act has really happened. */
  counted(): Readonly<Record<string, number>>;
  /** Words after \`run deploy\`. */
  inputs(tag: string, check?: "true" | "false"): readonly string[];
  /** The version that people get now; undefined when nobody answers. */
  answers(): Promise<string | undefined>;
}

/** Tags \`v1\` and \`v2\`; whether a release is fit is said when it is deployed. */
export async function makeShop(yaml: string = SHOP_YAML): Promise<Shop> {
  const port = await freePort();
  const project = makeProject({
    "seaworthy.yaml": yaml
      .replaceAll("PORT", String(port))
      .replaceAll(/process\.env\.\d+/g, "process.env.PORT"),
  });
  makeRepository(path.join(project.folder, "app"), {
    v1: { "server.mjs": APP.replace("FIT", "true"), "count.sh": COUNT },
    v2: { "server.mjs": APP.replace("FIT", "false") },
  });
  const counter = path.join(project.folder, "counter");
  return {
    ...project,
    [Symbol.asyncDispose]: () => project[Symbol.asyncDispose](),
    port,
    inputs: (tag, check = "true") => [`TAG=${tag}`, `COUNTER=${counter}`, `CHECK=${check}`],
    counted() {
      const counts: Record<string, number> = {};
      for (const name of readOr(counter).split("\n").filter(Boolean))
        counts[name] = (counts[name] ?? 0) + 1;
      return counts;
    },
    async answers() {
      try {
        const response = await fetch(`http://127.0.0.1:${port}/`);
        const body: unknown = await response.json();
        return response.ok && typeof body === "object" && body !== null && "version" in body
          ? String(body.version)
          : undefined;
      } catch {
        return undefined;
      }
    },
  };
}

function readOr(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** A port that nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address
          ? resolve(address.port)
          : reject(new Error("no port")),
      );
    });
  });
}
