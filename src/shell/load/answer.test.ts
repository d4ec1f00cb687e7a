import { expect, test } from "vitest";
import { Answer } from "./answer.ts";

interface Read {
  readonly status: number;
  readonly body: string;
  readonly bytes: number;
  readonly keepsAlive: boolean;
  readonly fault: string | undefined;
  readonly isStrayed: boolean;
}

/** Reads an answer given in these pieces; the connection is closed behind the last. */
function read(pieces: readonly Buffer[], method = "GET"): Read {
  let body = "";
  const answer = new Answer((piece) => (body += piece.toString("latin1")));
  answer.begin(method);
  let isStrayed = false;
  let isOver = false;
  for (const piece of pieces) {
    // What a connection does with bytes that come when nothing is asked.
    if (isOver) isStrayed ||= answer.fault === undefined;
    else isOver = answer.push(piece);
  }
  if (!isOver) answer.close();
  const { status, bytes, keepsAlive, fault } = answer;
  return { status, body, bytes, keepsAlive, fault, isStrayed: isStrayed || answer.isStrayed };
}

const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

const GOOD: readonly [string, string, Partial<Read>, string?][] = [
  ["a length", `${OK}Content-Length: 5\r\n\r\nhello`, { body: "hello", keepsAlive: true }],
  ["no body", `${OK}content-length: 0\r\n\r\n`, { body: "" }],
  ["a length said twice", `${OK}Content-Length: 2, 2\r\n\r\nhi`, { body: "hi" }],
  [
    "chunks",
    `${CHUNKED}5\r\nhello\r\nA;x=1\r\n, it is me\r\n0\r\n\r\n`,
    { body: "hello, it is me" },
  ],
  ["chunks and a trailer", `${CHUNKED}2\r\nhi\r\n0\r\nX: 1\r\nY: 2\r\n\r\n`, { body: "hi" }],
  [
    "chunks that hold what looks like their end",
    `${CHUNKED}6\r\n0\r\n\r\n!\r\n0\r\n\r\n`,
    { body: "0\r\n\r\n!" },
  ],
  ["the close as its end", `${OK}\r\nall of it`, { body: "all of it", keepsAlive: false }],
  ["HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", { body: "hi", keepsAlive: false }],
  [
    "HTTP/1.0 that keeps",
    "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi",
    { keepsAlive: true },
  ],
  [
    "a close that is announced",
    `${OK}Connection: Close\r\nContent-Length: 2\r\n\r\nhi`,
    { keepsAlive: false },
  ],
  ["204", "HTTP/1.1 204 No Content\r\n\r\n", { status: 204, keepsAlive: true }],
  [
    "304 with the length of what it does not send",
    "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
    { status: 304, body: "" },
  ],
  ["HEAD", `${OK}Content-Length: 9\r\n\r\n`, { body: "" }, "HEAD"],
  [
    "an interim answer before",
    `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${OK}Content-Length: 2\r\n\r\nhi`,
    { status: 200, body: "hi" },
  ],
  ["no words after the status", "HTTP/1.1 500\r\nContent-Length: 1\r\n\r\nx", { status: 500 }],
  [
    "bytes behind its end",
    `${OK}Content-Length: 2\r\n\r\nhi there`,
    { body: "hi", isStrayed: true },
  ],
];

const BAD: readonly [string, string, string][] = [
  ["another protocol", "SSH-2.0-OpenSSH\r\n\r\n", "malformed answer: no HTTP/1 status line"],
  ["a status out of range", "HTTP/1.1 999 Odd\r\n\r\n", "malformed answer: no HTTP/1 status line"],
  ["bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", "answer cut off"],
  [
    "a line that is no header",
    `${OK}what is this\r\n\r\n`,
    "malformed answer: a header line that is not one",
  ],
  ["a folded header", `${OK}X: a\r\n b\r\n\r\n`, "malformed answer: a header line that is not one"],
  [
    "a control character",
    `${OK}X: a\0b\r\n\r\n`,
    "malformed answer: a header field with a control character",
  ],
  [
    "two lengths",
    `${OK}Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi`,
    "malformed answer: two lengths",
  ],
  [
    "a negative length",
    `${OK}Content-Length: -2\r\n\r\n`,
    "malformed answer: a length that is no number",
  ],
  [
    "a hexadecimal length",
    `${OK}Content-Length: 0x2\r\n\r\nhi`,
    "malformed answer: a length that is no number",
  ],
  [
    "a length and chunks",
    `${OK}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n`,
    "malformed answer: a length and a transfer coding",
  ],
  [
    "chunks of HTTP/1.0",
    "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "malformed answer: chunks where none can be",
  ],
  [
    "a size that is none",
    `${CHUNKED}zz\r\nhi\r\n`,
    "malformed answer: a chunk's size is no number",
  ],
  ["a negative size", `${CHUNKED}-1\r\nhi\r\n`, "malformed answer: a chunk's size is no number"],
  [
    "a chunk that goes on",
    `${CHUNKED}2\r\nhi there\r\n`,
    "malformed answer: a chunk is longer than it says",
  ],
  [
    "a chunk's line without its return",
    `${CHUNKED}2\nhi\r\n`,
    "malformed answer: a chunk's line does not end as it must",
  ],
  [
    "another protocol to switch to",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    "malformed answer: another protocol that nobody asked for",
  ],
  [
    "interim answers for ever",
    "HTTP/1.1 100 Continue\r\n\r\n".repeat(11),
    "malformed answer: interim answers without an end",
  ],
  ["less than its length", `${OK}Content-Length: 5\r\n\r\nhell`, "answer cut off"],
  ["chunks without the last", `${CHUNKED}2\r\nhi\r\n`, "answer cut off"],
  ["half a head", `${OK}Content-Le`, "answer cut off"],
  ["nothing", "", "connection closed without an answer"],
];

test.each(GOOD)("reads an answer with %s", (_, text, expected, method) => {
  expect(read([Buffer.from(text, "latin1")], method)).toMatchObject({
    status: 200,
    fault: undefined,
    isStrayed: false,
    ...expected,
  });
});

test.each(BAD)("takes no answer with %s", (_, text, fault) => {
  expect(read([Buffer.from(text, "latin1")]).fault).toBe(fault);
});

test.each([
  ...GOOD.map(([name, text, , method]) => [name, text, method] as const),
  ...BAD.map(([name, text]) => [name, text, "GET"] as const),
])("reads the same wherever an answer with %s is cut", (_, text, method) => {
  const bytes = Buffer.from(text, "latin1");
  const whole = read([bytes], method);
  const single = [...bytes].map((byte) => Buffer.of(byte));
  expect(read(single, method), "byte by byte").toEqual(whole);
  for (let at = 1; at < bytes.length; at++)
    expect(read([bytes.subarray(0, at), bytes.subarray(at)], method), `cut at ${at}`).toEqual(
      whole,
    );
});

test.each([
  ["a head", `${OK}X: ${"a".repeat(70_000)}`, "malformed answer: a head that is too long"],
  [
    "header fields",
    `${OK}${"X: 1\r\n".repeat(300)}\r\n`,
    "malformed answer: more than 256 header fields",
  ],
  [
    "a chunk's line",
    `${CHUNKED}1;${"a".repeat(5_000)}`,
    "malformed answer: a chunk's line is too long",
  ],
  [
    "a trailer",
    `${CHUNKED}0\r\n${`X: ${"a".repeat(1_000)}\r\n`.repeat(70)}`,
    "malformed answer: the trailer is too long",
  ],
])("gives up %s without an end", (_, text, fault) => {
  const pieces = Array.from({ length: Math.ceil(text.length / 1_000) }, (__, index) =>
    Buffer.from(text.slice(index * 1_000, (index + 1) * 1_000)),
  );
  expect(read(pieces).fault).toBe(fault);
});

test("reads one answer after the other, the heads equal or not", () => {
  const answer = new Answer();
  const said = (text: string) => {
    answer.begin("GET");
    return [answer.push(Buffer.from(text)), answer.status, answer.bytes, answer.keepsAlive];
  };
  expect(said(`${OK}Content-Length: 2\r\n\r\nhi`)).toEqual([true, 200, 2, true]);
  expect(said(`${OK}Content-Length: 2\r\n\r\nho`)).toEqual([true, 200, 2, true]);
  expect(said(`${OK}Content-Length: 3\r\n\r\nhey`)).toEqual([true, 200, 3, true]);
  expect(said("HTTP/1.1 404 No\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx")).toEqual([
    true,
    404,
    1,
    false,
  ]);
});
