import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What is wrong with the page on purpose. */
export type Flaw =
  | "console error"
  | "uncaught error"
  | "no style"
  | "no menu"
  | "too wide"
  | "pause goes on"
  | "resume begins again"
  | "cut off"
  | "no form"
  | "low contrast"
  | "other host"
  | "never loads"
  | "hangs"
  | "alert"
  | "download never ends"
  | "error page";

/** A page with a menu, a sign-in form, and a download that can be paused and resumed. */
export interface PageServer extends AsyncDisposable {
  readonly url: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Everything that was asked for: `GET /file.bin bytes=0-`. */
  readonly asked: readonly string[];
}

const BYTES = 1_500_000;
const CHUNK = 50_000;
const CHUNK_MS = 40;
export const PAGE_TOKEN = "tok-5eCr3t-0123456789";

const FILE = Buffer.alloc(BYTES, 0);
for (let at = 0; at < BYTES; at++) FILE[at] = (at * 7 + (at >> 8)) & 255;

/** Serves the page on a free port of this machine. */
export async function servePage(...flaws: readonly Flaw[]): Promise<PageServer> {
  const asked: string[] = [];
  const has = (flaw: Flaw) => flaws.includes(flaw);
  const server = createServer((request, answer) => {
    asked.push(`${request.method} ${request.url} ${request.headers.range ?? ""}`.trim());
    serve(request, answer, has);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sha256: createHash("sha256").update(FILE).digest("hex"),
    bytes: BYTES,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Has = (flaw: Flaw) => boolean;

function serve(request: IncomingMessage, answer: ServerResponse, has: Has): void {
  const { pathname } = new URL(request.url ?? "/", "http://page");
  const send = (type: string, body: string, status = 200) =>
    void answer.writeHead(status, { "content-type": type }).end(body);
  if (pathname === "/file.bin") return void sendFile(request, answer, has);
  if (pathname === "/style.css")
    return has("no style") ? send("text/plain", "gone", 404) : send("text/css", style(has));
  if (pathname === "/app.js") return send("text/javascript", script(has));
  // It could be reached by this name as well, if it may be.
  if (pathname === "/to-another-host.js")
    return void answer
      .writeHead(302, { location: `http://localhost:${request.socket.localPort}/app.js` })
      .end();
  if (pathname === "/slow.png" && has("never loads")) return;
  if (pathname === "/login" && request.method === "POST") return signIn(request, answer);
  if (pathname === "/member") return member(request, answer);
  if (pathname === "/token") return send("text/html", tokenPage());
  if (pathname === "/" || pathname === "/viewer")
    return has("error page")
      ? send("text/html", "<h1>500</h1>", 500)
      : send("text/html", page(has));
  return send("text/plain", "not found", 404);
}

async function sendFile(request: IncomingMessage, answer: ServerResponse, has: Has) {
  const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? "");
  const from = asked ? Number(asked[1]) : 0;
  const to = has("cut off") ? BYTES - CHUNK : BYTES;
  answer.writeHead(asked ? 206 : 200, {
    "content-type": "application/octet-stream",
    "content-length": to - from,
    "x-total": BYTES,
    ...(asked && { "content-range": `bytes ${from}-${to - 1}/${BYTES}` }),
    ...(!asked &&
      request.url?.includes("save") && { "content-disposition": "attachment; filename=plan.bin" }),
  });
  for (let at = from; at < to; at += CHUNK) {
    if (answer.destroyed) return;
    if (has("download never ends") && at > BYTES / 2) return;
    answer.write(FILE.subarray(at, Math.min(to, at + CHUNK)));
    await new Promise((resolve) => setTimeout(resolve, CHUNK_MS));
  }
  answer.end();
}

function signIn(request: IncomingMessage, answer: ServerResponse): void {
  let body = "";
  request.on("data", (chunk) => (body += String(chunk)));
  request.on("end", () => {
    const isGood = body.includes(PAGE_TOKEN);
    answer
      .writeHead(isGood ? 303 : 401, {
        ...(isGood && { "set-cookie": "session=abcdef0123456789; Path=/; HttpOnly" }),
        location: "/member",
        "content-type": "text/html",
      })
      .end(isGood ? "" : "<h1>No</h1>");
  });
}

function member(request: IncomingMessage, answer: ServerResponse): void {
  const isIn = request.headers.cookie?.includes("session=abcdef0123456789") === true;
  answer
    .writeHead(isIn ? 200 : 401, { "content-type": "text/html" })
    .end(
      `<!doctype html><html lang="en"><title>Members</title><h1>${isIn ? "Welcome" : "Who are you?"}</h1>`,
    );
}

/** Shows what is typed once more, in plain text. */
function tokenPage(): string {
  return `<!doctype html><html lang="en"><title>Token</title><body style="font:20px sans-serif">
<label>Token <input id="token"></label> <button id="show" onclick="document.querySelector('#echo').textContent = 'You typed ' + document.querySelector('#token').value; console.error('token ' + document.querySelector('#token').value)">Show</button>
<p id="echo"></p></body></html>`;
}

function page(has: Has): string {
  const menu = has("no menu")
    ? ""
    : `<nav><a href="/">Files</a> <a href="/viewer">Viewer</a> <a href="/help">Help</a></nav>`;
  const form = has("no form")
    ? ""
    : `<form method="post" action="/login"><label for="token">Access token</label> <input id="token" name="token" autocomplete="off"> <button>Sign in</button></form>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Secure files</title><link rel="stylesheet" href="/style.css"><link rel="icon" href="data:,"></head>
<body>${menu}<main><h1>Secure file viewer</h1>${form}
<section aria-label="Download"><p><progress id="bar" max="${BYTES}" value="0" aria-label="Progress"></progress> <span id="progress">0 %</span></p>
<p><span id="bytes">0</span> bytes, <span id="speed">0.0 MB/s</span></p>
<button id="start">Start</button> <button id="pause" disabled>Pause</button> <button id="resume" disabled>Resume</button>
<a href="/file.bin?save" id="save">Save the file</a></section></main>
${has("other host") ? '<script src="/to-another-host.js"></script>' : ""}
${has("never loads") ? '<img alt="" src="/slow.png">' : ""}
<script src="/app.js"></script></body></html>`;
}

function style(has: Has): string {
  return `body{font:16px/1.5 "DejaVu Sans",sans-serif;margin:0;color:${has("low contrast") ? "#bbb" : "#1a2129"};background:#fff}
nav{display:flex;gap:1rem;background:rgb(18,52,86);padding:.8rem 1rem}nav a{color:#fff}
main{padding:1rem;max-width:48rem}h1{color:${has("low contrast") ? "#ccc" : "rgb(18,52,86)"}}
progress{width:100%;max-width:30rem}button{font:inherit;padding:.4rem .9rem}
${has("too wide") ? "section{width:900px}" : ""}`;
}

function script(has: Has): string {
  return `
const $ = (id) => document.getElementById(id);
let parts = [], got = 0, control, running = false, last = 0, lastAt = 0;
const show = () => { $("bytes").textContent = got; $("bar").value = got; $("progress").textContent = Math.floor(got / ${BYTES} * 100) + " %"; };
async function read(from) {
  control = new AbortController(); running = true; last = got; lastAt = performance.now();
  $("pause").disabled = false; $("resume").disabled = true; $("start").disabled = true;
  try {
    const answer = await fetch("/file.bin", { headers: from > 0 ? { range: "bytes=" + from + "-" } : {}, signal: control.signal });
    const reader = answer.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value); got += value.length; show();
      const now = performance.now();
      if (now - lastAt > 100) { $("speed").textContent = ((got - last) / (now - lastAt) / 1000).toFixed(1) + " MB/s"; last = got; lastAt = now; }
    }
    running = false; $("pause").disabled = true; save();
  } catch (error) { if (error.name !== "AbortError") throw error; }
}
function save() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(parts)); link.download = "plan.bin"; link.click();
}
$("start").onclick = () => read(0);
$("pause").onclick = () => { ${has("pause goes on") ? "" : "control.abort();"} $("pause").disabled = true; $("resume").disabled = false; };
$("resume").onclick = () => { ${has("resume begins again") ? "parts = []; got = 0; show();" : ""} read(got); };
${has("console error") ? 'console.error("The menu could not be drawn");' : ""}
${has("uncaught error") ? "null.draw();" : ""}
${has("alert") ? 'alert("Hello");' : ""}
${has("hangs") ? "setTimeout(() => { for (;;); }, 300);" : ""}
`;
}
