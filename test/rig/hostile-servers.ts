import { readFileSync } from "node:fs";
import net from "node:net";
import type { AddressInfo, Socket } from "node:net";
import tls from "node:tls";
import { gzipSync } from "node:zlib";

/** What is done with one connection once the head of a request has come. */
export type Script = (socket: Socket, head: string) => void;

export interface RawServer extends AsyncDisposable {
  readonly url: string;
  /** Connections so far. */
  readonly connections: () => number;
}

const certificates = new URL("certificates/", import.meta.url);

/** Text of a PEM file of the tests: `ca.pem`, `good.key`. */
export function pem(name: string): string {
  return readFileSync(new URL(name, certificates), "utf8");
}

export type CertificateName = "good" | "expired" | "early" | "other" | "alone";

export interface Listening {
  readonly certificate?: CertificateName;
  /** Only clients with a certificate of our authority are answered. */
  readonly wantsClient?: boolean;
  /** Speaks as soon as anything comes, be it a request or not. */
  readonly isHasty?: boolean;
}

/** A server that knows no HTTP: it does with each request what the script says. */
export async function listenRaw(script: Script, listening: Listening = {}): Promise<RawServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const meet = (socket: Socket): void => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    let head = "";
    socket.on("data", (chunk) => {
      head += chunk.toString("latin1");
      if (!listening.isHasty && !head.includes("\r\n\r\n")) return;
      const asked = head;
      head = "";
      script(socket, asked);
    });
  };
  const server = serverOf(meet, listening);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${listening.certificate ? "https" : "http"}://127.0.0.1:${port}`,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function serverOf(meet: (socket: Socket) => void, { certificate, wantsClient }: Listening) {
  if (certificate === undefined) return net.createServer(meet);
  const options = { key: pem(`${certificate}.key`), cert: pem(`${certificate}.pem`) };
  const asked = wantsClient
    ? { ca: pem("ca.pem"), requestCert: true, rejectUnauthorized: true }
    : {};
  const server = tls.createServer({ ...options, ...asked }, meet);
  server.on("tlsClientError", () => undefined);
  return server;
}

/** Says all of it, then hangs up, unless it is to stay. */
const says =
  (text: string | Buffer, { stays = false } = {}): Script =>
  (socket) =>
    void (stays ? socket.write(text) : socket.end(text));

const OK = "HTTP/1.1 200 OK\r\n";

const CHUNK = `4000\r\n${"x".repeat(0x4000)}\r\n`;

/** Writes a piece for ever, as fast as it is taken or at a pace. */
function endlessly(start: string, piece: string | Buffer, everyMs = 0): Script {
  return (socket) => {
    socket.write(start);
    if (everyMs > 0) {
      const timer = setInterval(() => socket.write(piece), everyMs);
      socket.on("close", () => clearInterval(timer));
      return;
    }
    const fill = (): void => {
      while (!socket.destroyed && socket.write(piece));
    };
    socket.on("drain", fill);
    fill();
  };
}

/** Answers to which a client must not fall, each under what is wrong with it. */
export const HOSTILE: Readonly<Record<string, Script>> = {
  "accepts and says nothing": () => undefined,
  "hangs up without a word": (socket) => void socket.end(),
  "resets the connection": (socket) => void socket.resetAndDestroy(),
  "half a header, then nothing": says("HTTP/1.1 200 OK\r\nContent-Le", { stays: true }),
  "half a header, then hangs up": says("HTTP/1.1 200 OK\r\nContent-Le"),
  "headers that never end": endlessly(OK, "X-More: yes\r\n", 5),
  "a header of 1 MB": says(`${OK}X-Long: ${"x".repeat(1_000_000)}\r\n\r\n`),
  "a hundred thousand headers": says(`${OK}${"X: y\r\n".repeat(100_000)}\r\n`),
  "an endless body": endlessly(`${OK}\r\n`, Buffer.alloc(65_536, "x")),
  "an endless chunked body": endlessly(`${OK}Transfer-Encoding: chunked\r\n\r\n`, CHUNK),
  "a slow trickle": endlessly(`${OK}Content-Length: 1000\r\n\r\n`, "x", 20),
  "less than Content-Length": says(`${OK}Content-Length: 100\r\n\r\nonly this`),
  "less than Content-Length, then a reset": (socket) => {
    socket.write(`${OK}Content-Length: 100\r\n\r\nonly this`);
    setTimeout(() => socket.resetAndDestroy(), 20);
  },
  "a chunked body cut off": says(`${OK}Transfer-Encoding: chunked\r\n\r\n4\r\nwave\r\n`),
  "a chunked body cut within a chunk": says(`${OK}Transfer-Encoding: chunked\r\n\r\n40\r\nwave`),
  "chunks without sizes": says(`${OK}Transfer-Encoding: chunked\r\n\r\nhello there\r\n0\r\n\r\n`),
  "a chunk of a size beyond all numbers": says(
    `${OK}Transfer-Encoding: chunked\r\n\r\n${"f".repeat(20)}\r\nx`,
  ),
  "two Content-Lengths": says(`${OK}Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc`),
  "Content-Length and chunks": says(
    `${OK}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwave\r\n0\r\n\r\n`,
  ),
  "a Content-Length that is no number": says(`${OK}Content-Length: some\r\n\r\nabc`),
  "a negative Content-Length": says(`${OK}Content-Length: -1\r\n\r\nabc`),
  "a banner of another protocol": says("SSH-2.0-OpenSSH_9.2\r\n"),
  "a banner that stays": says("220 mail.test ESMTP\r\n", { stays: true }),
  "HTML without a head": says("<html><body>hello</body></html>"),
  "HTTP/2 by itself": says("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  "a status that is no status": says("HTTP/1.1 2x0 Fine\r\n\r\n"),
  "a header without a name": says(`${OK}: nothing\r\n\r\nabc`),
  "zeros in a header": says(`${OK}X-Zero: a\0b\r\n\r\nabc`),
  "TLS on a plain port": says(Buffer.from("1503030002022a", "hex")),
  "100 Continue that nobody asked for": says(
    `HTTP/1.1 100 Continue\r\n\r\n${OK}Content-Length: 2\r\n\r\nok`,
  ),
  "100 Continue and nothing more": says("HTTP/1.1 100 Continue\r\n\r\n", { stays: true }),
  "another protocol unasked": says(
    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    { stays: true },
  ),
};

/** Answers that are whole, and are judged by what they hold. */
export const ODD: Readonly<Record<string, Script>> = {
  "more than Content-Length": says(`${OK}Content-Length: 4\r\n\r\nwave and more`),
  "early hints before the answer": says(
    `HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n${OK}Content-Length: 4\r\n\r\nwave`,
  ),
  "no length, ended by hanging up": says(`${OK}\r\nwave`),
  "no reason behind the status": says("HTTP/1.1 200\r\nContent-Length: 4\r\n\r\nwave"),
  "a status of no standard": says("HTTP/1.1 799 Odd\r\nContent-Length: 4\r\n\r\nwave"),
  "a body on 204": says("HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nwave"),
  "an empty body": says(`${OK}Content-Length: 0\r\n\r\n`),
};

/** An answer of 200 with this body, whole. */
function whole(body: string | Buffer, headers: string): Script {
  return (socket) => {
    const bytes = Buffer.from(body);
    socket.write(`${OK}${headers}Content-Length: ${bytes.length}\r\n\r\n`);
    socket.end(bytes);
  };
}

const JSON_TYPE = "Content-Type: application/json\r\n";
const GZIP = "Content-Encoding: gzip\r\n";
const zipped = gzipSync('{"id":1}');

/** Whole answers whose bodies are traps for whoever judges them. */
export const TRAPS: Readonly<Record<string, Script>> = {
  "gzip that is none": whole("this is not gzip", JSON_TYPE + GZIP),
  "gzip cut off": whole(zipped.subarray(0, zipped.length - 6), JSON_TYPE + GZIP),
  "gzip that unpacks to 1 GB": whole(bomb(), JSON_TYPE + GZIP),
  "an encoding that nobody knows": whole("abc", `${JSON_TYPE}Content-Encoding: rot13\r\n`),
  "JSON that is none": whole('{"id": 1,}', JSON_TYPE),
  "JSON cut off": whole('{"id": 1', JSON_TYPE),
  "JSON with a key twice": whole('{"id": 1, "id": 2}', JSON_TYPE),
  "an id of 64 bits": whole('{"id": 9007199254740993}', JSON_TYPE),
  "JSON nested 100 000 deep": whole(`${"[".repeat(100_000)}${"]".repeat(100_000)}`, JSON_TYPE),
  "HTML where JSON should be": whole("<html>Sign in</html>", "Content-Type: text/html\r\n"),
};

/** Some KB of gzip that stand for 1 GB of zeros: members one after another, as gzip allows. */
function bomb(): Buffer {
  const member = gzipSync(Buffer.alloc(16_777_216));
  return Buffer.concat(Array.from({ length: 64 }, () => member));
}

/** Redirects to itself, with a number that grows or without one. */
export function redirects(growing: boolean): Script {
  return (socket, head) => {
    const at = Number(/\?n=(\d+)/.exec(head)?.[1] ?? 0);
    socket.end(
      `HTTP/1.1 302 Found\r\nLocation: /${growing ? `?n=${at + 1}` : ""}\r\nContent-Length: 0\r\n\r\n`,
    );
  };
}
