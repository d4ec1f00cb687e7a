/** The files of a release that the kinds of proof have something to prove on. `unfit` answers its last request badly. */
export function proofsApp(folder: string): Readonly<Record<string, string>> {
  const head = `import { appendFileSync, existsSync, writeFileSync, mkdirSync } from "node:fs";
const folder = ${JSON.stringify(folder)};
const gates = folder + "/gates/";
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const gate = async (name) => {
  if (!existsSync(gates + name)) return;
  appendFileSync(gates + "reached", name + "\\n");
  while (existsSync(gates + name)) await sleep(15);
};
`;
  return {
    "server.mjs": head + SERVER,
    "suite.mjs": head + SUITE,
    "seed.mjs": head + SEED,
    "visit.mjs": head + VISIT,
  };
}

const SERVER = `import { createHash } from "node:crypto";
import { createServer } from "node:http";
const began = Date.now() / 1000;
const counts = { visits: 0, loads: 0, downloads: 0 };
const things = new Set();
const jobs = new Map();
let last = 0;
const FILE = Buffer.alloc(200_000, "seaworthy ");
const say = (event, more = {}) => console.log(JSON.stringify({ level: "info", event, ...more }));
const metrics = () => ["visits", "loads", "downloads"].map((name) =>
  "# TYPE shop_" + name + "_total counter\\nshop_" + name + "_total " + counts[name] + "\\n").join("")
  + "# TYPE process_start_time_seconds gauge\\nprocess_start_time_seconds " + began + "\\n";
const routes = {
  "GET /": (_, answer) => answer(200, { version: process.env.RELEASE_NAME }),
  "GET /health": async (_, answer) => { await gate("sample"); answer(200, { well: true }); },
  "POST /visit": (_, answer) => {
    counts.visits += 1;
    appendFileSync(folder + "/audit.log", JSON.stringify({ event: "visit", number: counts.visits }) + "\\n");
    void gate("late").then(() => say("late"));
    answer(204);
  },
  "GET /metrics": async (_, answer) => { await gate("metrics"); answer(200, metrics(), "text/plain"); },
  "GET /load": async (_, answer) => { counts.loads += 1; await gate("load"); answer(200, "x".repeat(1000), "text/plain"); },
  "POST /things": (_, answer) => { last += 1; things.add(last); answer(201, { id: last }); },
  "DELETE /things/:id": async (id, answer) => { await gate("always"); things.delete(Number(id)); answer(204); },
  "POST /jobs": (_, answer) => { last += 1; jobs.set(last, 0); answer(202, { id: last }); },
  "GET /jobs/:id": async (id, answer) => {
    const asked = (jobs.get(Number(id)) ?? 0) + 1;
    jobs.set(Number(id), asked);
    answer(200, { state: asked > 2 && !existsSync(gates + "poll") ? "done" : "busy" });
    if (asked > 2 && existsSync(gates + "poll")) appendFileSync(gates + "reached", "poll\\n");
  },
  "GET /fit/:word": async (word, answer) => { await gate("fit"); answer(word === "true" ? 200 : 500, { fit: word }); },
  "GET /page": (_, answer) => answer(200, PAGE, "text/html"),
  "GET /page-data": async (_, answer) => { await gate("page"); answer(200, { words: "All is well" }); },
  "GET /favicon.ico": (_, answer) => answer(204),
};
const PAGE = \`<!doctype html><html lang="en"><title>Shop</title><h1>Shop</h1><p id="words">…</p>
<a id="save" href="/file" download="file.bin">Save</a>
<script>fetch("/page-data").then((r) => r.json()).then((d) => { document.querySelector("#words").textContent = d.words; })</script></html>\`;
createServer(async (request, response) => {
  const { method, url } = request;
  const answer = (status, body, type = "application/json") => {
    response.statusCode = status;
    if (body !== undefined) response.setHeader("content-type", type);
    response.end(typeof body === "object" ? JSON.stringify(body) : body);
  };
  if (method === "POST" && url === "/upload") {
    const hash = createHash("sha256");
    for await (const chunk of request) hash.update(chunk);
    return answer(201, { sha256: hash.digest("hex") });
  }
  if (method === "GET" && (url === "/file" || url === "/copy")) {
    if (url === "/file") counts.downloads += 1;
    response.setHeader("content-length", FILE.length);
    response.setHeader("content-disposition", "attachment; filename=file.bin");
    response.write(FILE.subarray(0, 100_000));
    await gate(url === "/file" ? "download" : "look");
    return response.end(FILE.subarray(100_000));
  }
  const [, place, word] = url.split("/");
  const route = routes[method + " " + url] ?? routes[method + " /" + place + "/:" + (place === "fit" ? "word" : "id")];
  if (route === undefined) return answer(404, { url });
  await route(word, answer);
}).listen(Number(process.env.PORT), process.env.HOST, () => say("ready"));
process.on("SIGTERM", () => process.exit(0));
`;

const SUITE = `appendFileSync(process.env.COUNTER, "suite\\n");
console.log("the suite begins");
await gate("suite");
await sleep(100);
writeFileSync("unit.xml", '<testsuite name="shop" tests="2" failures="0"><testcase classname="shop" name="sells"/><testcase classname="shop" name="counts"/></testsuite>');
console.log("the suite ends");
`;

const SEED = `import { DatabaseSync } from "node:sqlite";
const [, , which] = process.argv;
appendFileSync(process.env.COUNTER, which + "\\n");
mkdirSync(folder + "/data", { recursive: true });
await gate(which);
const db = new DatabaseSync(folder + "/data/shop.db");
db.exec("create table if not exists things (id integer primary key, name text)");
db.exec("insert or ignore into things values (1, 'lamp'), (2, 'chair')");
db.close();
console.log("seeded");
`;

const VISIT = `appendFileSync(process.env.COUNTER, "visit\\n");
const { status } = await fetch(process.env.URL + "/visit", { method: "POST" });
console.log("visited: " + status);
process.exit(status === 204 ? 0 : 1);
`;
