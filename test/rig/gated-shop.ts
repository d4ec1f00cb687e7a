import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { makeRepository } from "./project.ts";
import { makeShop, SHOP_YAML, type Shop } from "./shop.ts";
import { until, type Landed, type Sailing } from "./sailing.ts";

/** Where a run can be made to wait: git's fetch, an act of the shop by its name, the app before it listens, its fitness. */
export type Gate =
  | "fetch"
  | "first"
  | "second"
  | "third"
  | "undo-first"
  | "undo-second"
  | "listen"
  | "health";

/** A shop whose release \`v3\` waits at every gate that is closed, and whose acts fail while they are broken. */
export interface GatedShop extends Shop {
  close(gate: Gate): void;
  open(gate: Gate): void;
  /** Resolves when a run waits there; fails with its words when it ends before. */
  reached(gate: Gate, run?: Pick<Sailing, "ended" | "said">): Promise<void>;
  /** Lets this act fail from now on. */
  spoil(act: Gate): void;
  mend(act: Gate): void;
  /** For the process that runs Seaworthy: its git waits at the gate \`fetch\`. */
  readonly env: Readonly<Record<string, string>>;
}

/** The shop's plan with a check of its own that can be made to wait. */
export const GATED_YAML = SHOP_YAML.replace("health: { get: /,", "health: { get: /health,");

export async function makeGatedShop(yaml: string = GATED_YAML): Promise<GatedShop> {
  const shop = await makeShop(yaml);
  const gates = path.join(shop.folder, "gates");
  const bin = path.join(shop.folder, "bin");
  for (const folder of [gates, bin]) mkdirSync(folder);
  const waitAt = (gate: string) =>
    `echo ${gate} >> '${gates}/reached'\nwhile [ -e '${gates}/'${gate} ]; do sleep 0.03; done\n`;
  const count = `echo "$1" >> "$COUNTER"\n${waitAt('"$1"')}[ ! -e '${gates}/broken-'"$1" ]\n`;
  const app = (fit: boolean) => ({ "server.mjs": serverWith(gates, fit), "count.sh": count });
  makeRepository(path.join(shop.folder, "app"), { v3: app(true), v4: app(false) });
  writeFileSync(
    path.join(bin, "git"),
    `#!/bin/sh\nPATH='${process.env["PATH"]}'\ncase " $* " in *" fetch "*) mkdir '${gates}/fetching' || echo 'two fetches at once' >> '${shop.folder}/counter'\n${waitAt("fetch")}rmdir '${gates}/fetching' ;; esac\nexec git "$@"\n`,
  );
  chmodSync(path.join(bin, "git"), 0o755);
  const reached = () => read(path.join(gates, "reached")).split("\n");
  const marked = new Map<string, number>();
  const times = (gate: string) => reached().filter((name) => name === gate).length;
  return {
    ...shop,
    [Symbol.asyncDispose]: async () => {
      rmSync(gates, { recursive: true, force: true });
      await shop[Symbol.asyncDispose]();
    },
    env: { PATH: `${bin}:${process.env["PATH"]}` },
    close(gate) {
      marked.set(gate, times(gate));
      writeFileSync(path.join(gates, gate), "");
    },
    open: (gate) => rmSync(path.join(gates, gate), { force: true }),
    async reached(gate, run) {
      let early: Landed | undefined;
      void run?.ended.then((ended) => (early = ended));
      await until(
        () => early !== undefined || times(gate) > (marked.get(gate) ?? 0),
        () => `somebody at the gate ${gate}; until now:\n${run?.said() ?? ""}`,
      );
      if (early && times(gate) === (marked.get(gate) ?? 0))
        throw new Error(`ended before the gate ${gate}:\n${early.err}${early.out}`);
    },
    spoil: (act) => writeFileSync(path.join(gates, `broken-${act}`), ""),
    mend: (act) => rmSync(path.join(gates, `broken-${act}`), { force: true }),
  };
}

function serverWith(gates: string, fit: boolean): string {
  return `import { createServer } from "node:http";
import { appendFileSync, existsSync } from "node:fs";
const gates = ${JSON.stringify(gates)};
const reach = (gate) => { try { appendFileSync(gates + "/reached", gate + "\\n"); } catch {} };
reach("listen");
while (existsSync(gates + "/listen")) await new Promise((resolve) => setTimeout(resolve, 30));
createServer((request, response) => {
  const waits = request.url === "/health" && existsSync(gates + "/health");
  if (request.url === "/health") reach("health");
  response.statusCode = waits ? 503 : 200;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ version: process.env.RELEASE_NAME, fit: ${fit} }));
}).listen(Number(process.env.PORT), process.env.HOST);
process.on("SIGTERM", () => process.exit(0));
`;
}

function read(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}
