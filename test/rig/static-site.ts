/** A small site of files, a web server that shows it, and people who visit it, for tests of what shows sites. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { contentType } from "../../src/lib/content-type.ts";
import { statics } from "../../src/drivers/static/index.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { Act, Driver } from "../../src/ports/driver.ts";
import type { Hosts } from "../../src/ports/host.ts";
import type { Http } from "../../src/ports/http.ts";
import type { Shell } from "../../src/ports/shell.ts";
import { systemClock } from "../../src/shell/clock.ts";
import { openHttp } from "../../src/shell/http.ts";
import { noHosts } from "./no-hosts.ts";
import { plainShell } from "./plain-shell.ts";

/** Bytes with a name that says what is in them. */
function hashedName(stem: string, content: string, extension: string): string {
  const digest = createHash("sha256").update(content).digest("hex");
  // A piece without letters, or without digits, would not look like a digest.
  return `${stem}.a1${digest.slice(0, 10)}.${extension}`;
}

/**
 * Makes a site that says it is `says`: a document that names its script, its style and one that all versions share, a
 * page besides, and a file with the version. `more`: path → content.
 */
export async function makeSite(
  folder: string,
  says: string,
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const script = `window.version = "${says}";\n`;
  const style = `body::after { content: "${says}" }\n`;
  const shared = "/* the same in all versions */\n";
  const assets = {
    [`assets/${hashedName("app", script, "js")}`]: script,
    [`assets/${hashedName("style", style, "css")}`]: style,
    [`assets/${hashedName("vendor", shared, "js")}`]: shared,
  };
  const links = Object.keys(assets).map((name) => `<link href="${name}">`);
  const files: Record<string, string> = {
    ...assets,
    "index.html": `<!doctype html>\n<title>${says}</title>\n${links.join("\n")}\n`,
    "about/index.html": `<!doctype html>\n<title>about ${says}</title>\n`,
    "version.json": `${JSON.stringify({ version: says })}\n`,
    ...more,
  };
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), content);
  }
  return folder;
}

export interface WebServer extends AsyncDisposable {
  readonly url: string;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Shows a folder as web servers do. A document that says that it is dying is answered with 500 and its last words. */
export function showFolder(root: string): Promise<WebServer> {
  return serve(async (name) => {
    const file = path.join(root, name);
    const body = await readFile(file).catch(() => undefined);
    if (body === undefined) return { status: 404, headers: {}, body: Buffer.from("not here\n") };
    return { status: 200, headers: { "content-type": contentType(file) }, body };
  });
}

/** The same with what is found below a URL, as a distribution before a bucket does. `cached`: what was asked for once, until it is forgotten. */
export function showUrl(base: string, cached?: Map<string, Answer>): Promise<WebServer> {
  return serve(async (name) => {
    const known = cached?.get(name);
    if (known) return known;
    const url = new URL(name.split("/").map(encodeURIComponent).join("/"), base);
    const response = await fetch(url, { signal: AbortSignal.timeout(20_000) });
    const told = ["content-type", "cache-control"].flatMap((each): [string, string][] => {
      const value = response.headers.get(each);
      return value === null ? [] : [[each, value]];
    });
    const body = new Uint8Array(await response.arrayBuffer());
    const answer = { status: response.status, headers: Object.fromEntries(told), body };
    if (answer.status === 200) cached?.set(name, answer);
    return answer;
  });
}

async function serve(find: (name: string) => Promise<Answer>): Promise<WebServer> {
  const server = createServer((request, response) => {
    const name = decodeURIComponent(new URL(request.url ?? "/", "http://x").pathname).slice(1);
    void find(name === "" || name.endsWith("/") ? `${name}index.html` : name)
      .then((found) => (Buffer.from(found.body).includes(">dying") ? DYING : found))
      .catch((error: unknown) => ({ ...DYING, body: Buffer.from(String(error)) }))
      .then(({ status, headers, body }) => response.writeHead(status, headers).end(body));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const DYING: Answer = {
  status: 500,
  headers: { "content-type": "text/plain" },
  body: Buffer.from("no database, said the application\n"),
};

/** Someone who loads the document and all that it names, again and again. */
export interface Visitor {
  readonly visits: number;
  /** Pages of each version that were whole. */
  readonly seen: ReadonlyMap<string, number>;
  /** What was missing or wrong. */
  readonly broken: readonly string[];
  stop(): Promise<void>;
}

/** `base` is where the document is; several are gone through in turn, so that a page and its files come from different hosts. */
export function visit(
  bases: readonly string[],
  { lingerMs = 0 }: { lingerMs?: number } = {},
): Visitor {
  const ending = new AbortController();
  const seen = new Map<string, number>();
  const broken: string[] = [];
  let visits = 0;
  let turn = 0;
  const next = (name: string) => new URL(name, bases[turn++ % bases.length]).href;
  const load = async (name: string) => {
    const url = next(name);
    const response = await fetch(url, { signal: AbortSignal.timeout(20_000) });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${url}: ${response.status}`);
    return text;
  };
  const visitOnce = async () => {
    const page = await load("");
    const version = /<title>(.*)<\/title>/.exec(page)?.[1] ?? "?";
    if (lingerMs > 0) await pause(lingerMs);
    for (const [, name = ""] of page.matchAll(/href="([^"]+)"/g)) {
      const text = await load(name);
      const stem = name.slice(name.lastIndexOf("/") + 1).split(".")[0] ?? "";
      const wanted = hashedName(stem, text, name.slice(name.lastIndexOf(".") + 1));
      if (!name.endsWith(wanted)) throw new Error(`${name} of ${version} is another file`);
    }
    seen.set(version, (seen.get(version) ?? 0) + 1);
  };
  const running = (async () => {
    while (!ending.signal.aborted) {
      visits++;
      await visitOnce().catch((error: unknown) => broken.push(String(error)));
      // Nobody reads faster, and others want the processor, too.
      await pause(5);
    }
  })();
  return {
    get visits() {
      return visits;
    },
    seen,
    broken,
    async stop() {
      ending.abort();
      await running;
    },
  };
}

/** What a driver of a test is made with besides its options. */
export interface StaticWorld {
  /** Where the target's own things are; the project is beside it. */
  readonly folder: string;
  readonly options: JsonObject;
  readonly hosts?: Hosts;
  readonly shell?: Shell;
  readonly http?: Http;
  readonly fence?: number | undefined;
}

export function staticDriver({ folder, options, fence, ...given }: StaticWorld): Driver {
  return statics.create(options, {
    shell: given.shell ?? plainShell(),
    hosts: given.hosts ?? noHosts,
    http: given.http ?? openHttp(),
    services: {
      start: () => Promise.reject(new Error("a site runs nothing")),
      stop: () => Promise.reject(new Error("a site runs nothing")),
      list: () => Promise.reject(new Error("a site runs nothing")),
    },
    clock: systemClock,
    folder: path.join(folder, "target"),
    project: folder,
    environment: "test",
    target: "pages",
    secrets: {},
    self: [process.execPath],
    ...(fence !== undefined && { fence }),
  });
}

export function staticAct(said: string[] = [], signal = AbortSignal.timeout(120_000)): Act {
  return { signal, timeoutMs: 120_000, say: (line) => void said.push(line) };
}

/** Ways that are gone from their N-th use on, as when the process is killed; `after`: that one has still had its effect. */
export function goneAt(n: number, { isAfter = false }: { isAfter?: boolean } = {}) {
  let count = 0;
  const gone = new Error("the process is gone");
  const pass = async <What>(use: () => Promise<What>): Promise<What> => {
    count++;
    if (count > n || (count === n && !isAfter)) throw gone;
    const made = await use();
    if (count >= n) throw gone;
    return made;
  };
  return {
    isGone: () => count >= n,
    use: pass,
    http: (http: Http): Http => ({ send: (request) => pass(() => http.send(request)) }),
    shell: (shell: Shell): Shell => ({
      ...shell,
      look: (...words) => pass(() => shell.look(...words)),
    }),
  };
}
