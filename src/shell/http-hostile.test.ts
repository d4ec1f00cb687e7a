import { expect, test } from "vitest";
import { HOSTILE, listenRaw, ODD, pem } from "../../test/rig/hostile-servers.ts";
import type { CertificateName, Script } from "../../test/rig/hostile-servers.ts";
import { Fault } from "../model/failure.ts";
import type { HttpRequest, Tls } from "../ports/http.ts";
import { openHttp } from "./http.ts";

/** For those that never end; a busy machine is no reason to give the others up. */
const DEADLINE_MS = 250;
const NEVER_ENDS = /says nothing|then nothing|never end|trickle/;

/** What a person reads, with everything that differs from run to run made the same. */
async function told(url: string, more: Partial<HttpRequest> = {}): Promise<string> {
  const asked = { method: "GET", url, timeoutMs: 10_000, maxBytes: 100_000, ...more };
  try {
    const { status, body, truncated } = await openHttp().send(asked);
    const text = Buffer.from(body).toString();
    return truncated ? `${status}, cut` : `${status} ${JSON.stringify(text)}`;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const { code, what } = error.failure;
    const same = what
      .replaceAll(/:\d{4,5}\b/g, ":PORT")
      .replaceAll(/\b\d+ of 1000 /g, "N of 1000 ");
    return `${code}: ${same.replace(/\b\d+( bytes came, and its headers did not)/, "N$1")}`;
  }
}

async function nowhere(): Promise<void> {}

async function tellAll(scripts: Readonly<Record<string, Script>>): Promise<string> {
  const lines: string[] = [];
  // One after another: those that pour would drown the others.
  for (const [name, script] of Object.entries(scripts)) {
    await using server = await listenRaw(script);
    const began = performance.now();
    const timeoutMs = NEVER_ENDS.test(name) ? DEADLINE_MS : 10_000;
    const words = await told(server.url, { into: nowhere, mostBytes: 10_000_000, timeoutMs });
    expect(performance.now() - began, name).toBeLessThan(timeoutMs + 1_500);
    lines.push(`${name}\n  ${words}`);
  }
  return `\n${lines.join("\n")}\n`;
}

test("each broken answer ends in time with words of its own", async () => {
  expect(await tellAll(HOSTILE)).toMatchInlineSnapshot(`
    "
    accepts and says nothing
      http-out-of-time: http://127.0.0.1:PORT did not answer GET completely within 250 ms: nothing came.
    hangs up without a word
      http-unreachable: GET http://127.0.0.1:PORT got no answer: the other side closed the connection.
    resets the connection
      http-unreachable: GET http://127.0.0.1:PORT got no answer: the connection was reset.
    half a header, then nothing
      http-out-of-time: http://127.0.0.1:PORT did not answer GET completely within 250 ms: N bytes came, and its headers did not end.
    half a header, then hangs up
      http-cut-short: The answer to GET http://127.0.0.1:PORT ended too early: N bytes came, and its headers did not end, then the other side closed the connection.
    headers that never end
      http-out-of-time: http://127.0.0.1:PORT did not answer GET completely within 250 ms: N bytes came, and its headers did not end.
    a header of 1 MB
      http-not-http: GET http://127.0.0.1:PORT got an answer that is not HTTP: its headers are larger than 64 KiB.
    a hundred thousand headers
      http-not-http: GET http://127.0.0.1:PORT got an answer that is not HTTP: its headers are larger than 64 KiB.
    an endless body
      http-too-long: The answer to GET http://127.0.0.1:PORT is longer than 10000000 bytes.
    an endless chunked body
      http-too-long: The answer to GET http://127.0.0.1:PORT is longer than 10000000 bytes.
    a slow trickle
      http-out-of-time: http://127.0.0.1:PORT did not answer GET completely within 250 ms: its headers and N of 1000 bytes of its body came.
    less than Content-Length
      http-cut-short: The answer to GET http://127.0.0.1:PORT ended too early: its headers and 9 of 100 bytes of its body came, then the other side closed the connection.
    less than Content-Length, then a reset
      http-cut-short: The answer to GET http://127.0.0.1:PORT ended too early: its headers and 9 of 100 bytes of its body came, then the connection was reset.
    a chunked body cut off
      http-cut-short: The answer to GET http://127.0.0.1:PORT ended too early: its headers and 4 bytes of its body came, then the other side closed the connection.
    a chunked body cut within a chunk
      http-cut-short: The answer to GET http://127.0.0.1:PORT ended too early: its headers and 4 bytes of its body came, then the other side closed the connection.
    chunks without sizes
      http-not-http: GET http://127.0.0.1:PORT got an answer that is not HTTP: the size of a chunk of its body is no number.
    a chunk of a size beyond all numbers
      http-not-http: GET http://127.0.0.1:PORT got an answer that is not HTTP: chunk size overflow.
    two Content-Lengths
      http-not-http: GET http://127.0.0.1:PORT got an answer that is not HTTP: its headers contradict each other about its length.
    Content-Length and chunks
      http-not-http: GET http://127.0.0.1:PORT got an answer that is not HTTP: its headers contradict each other about its length.
    a Content-Length that is no number
      http-not-http: GET http://127.0.0.1:PORT got an answer that is not HTTP: its Content-Length is no number.
    a negative Content-Length
      http-not-http: GET http://127.0.0.1:PORT got an answer that is not HTTP: its Content-Length is no number.
    a banner of another protocol
      http-not-http: GET http://127.0.0.1:PORT got an answer that is not HTTP: it does not begin with HTTP/1.
    a banner that stays
      http-not-http: GET http://127.0.0.1:PORT got an answer that is not HTTP: it does not begin with HTTP/1.
    HTML without a head
      http-not-http: GET http://127.0.0.1:PORT got an answer that is not HTTP: it does not begin with HTTP/1.
    HTTP/2 by itself
      http-not-http: GET http://127.0.0.1:PORT got an answer that is not HTTP: it does not begin with HTTP/1.
    a status that is no status
      http-not-http: GET http://127.0.0.1:PORT got an answer that is not HTTP: invalid status code.
    a header without a name
      http-not-http: GET http://127.0.0.1:PORT got an answer that is not HTTP: invalid header token.
    zeros in a header
      http-not-http: GET http://127.0.0.1:PORT got an answer that is not HTTP: invalid header value char.
    TLS on a plain port
      http-not-http: GET http://127.0.0.1:PORT got an answer that is not HTTP: it does not begin with HTTP/1.
    100 Continue that nobody asked for
      http-not-http: GET http://127.0.0.1:PORT got an answer that is not HTTP: it sent what nobody asked for, such as 100 Continue.
    100 Continue and nothing more
      http-not-http: GET http://127.0.0.1:PORT got an answer that is not HTTP: it sent what nobody asked for, such as 100 Continue.
    another protocol unasked
      http-not-http: GET http://127.0.0.1:PORT got an answer that is not HTTP: it changed to another protocol unasked.
    "
  `);
});

test("odd answers that are whole are answers", async () => {
  expect(await tellAll(ODD)).toMatchInlineSnapshot(`
    "
    more than Content-Length
      200 "wave"
    early hints before the answer
      200 "wave"
    no length, ended by hanging up
      200 "wave"
    no reason behind the status
      200 "wave"
    a status of no standard
      799 "wave"
    a body on 204
      204 ""
    an empty body
      200 ""
    "
  `);
});

const OURS: Tls = { ca: pem("ca.pem") };
const CLIENT: Tls = { ...OURS, certificate: pem("client.pem"), key: pem("client.key") };
const answers: Script = (socket) =>
  void socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

test("each certificate that can't be trusted is said with what is in it", async () => {
  const rows: readonly (readonly [string, CertificateName, Tls])[] = [
    ["good, of our own authority", "good", OURS],
    ["good, of an authority that nobody knows", "good", {}],
    ["expired", "expired", OURS],
    ["not yet valid", "early", OURS],
    ["for other names", "other", OURS],
    ["for other names, one of which is asked for", "other", { ...OURS, serverName: "other.test" }],
    ["self-signed", "alone", OURS],
    ["self-signed, and given as authority", "alone", { ca: pem("alone.pem") }],
    ["an authority that is no PEM", "good", { ca: "nonsense" }],
    ["a key of another certificate", "good", { ...CLIENT, key: pem("good.key") }],
  ];
  const lines = [];
  for (const [name, certificate, tls] of rows) {
    await using server = await listenRaw(answers, { certificate });
    lines.push(`${name}\n  ${await told(server.url, { tls })}`);
  }
  await using asking = await listenRaw(answers, { certificate: "good", wantsClient: true });
  // Whether the server's closing or our writing is noticed first is a matter of luck.
  const refused = (await told(asking.url, { tls: OURS })).replace(
    /the other side closed the connection|the connection was \w+( while sending)?/,
    "the connection ended",
  );
  lines.push(`a client certificate is wanted\n  ${refused}`);
  lines.push(`a client certificate is shown\n  ${await told(asking.url, { tls: CLIENT })}`);
  await using plain = await listenRaw(answers, { isHasty: true });
  lines.push(`no TLS at all\n  ${await told(plain.url.replace("http:", "https:"))}`);
  await using secure = await listenRaw(answers, { certificate: "good" });
  lines.push(`TLS asked without TLS\n  ${await told(secure.url.replace("https:", "http:"))}`);
  expect(`\n${lines.join("\n")}\n`).toMatchInlineSnapshot(`
    "
    good, of our own authority
      200 "ok"
    good, of an authority that nobody knows
      http-tls: GET https://127.0.0.1:PORT got no answer over TLS: the certificate can't be verified (CN=Seaworthy test authority).
    expired
      http-tls: GET https://127.0.0.1:PORT got no answer over TLS: the certificate has expired, on 2021-01-01T00:00:00Z.
    not yet valid
      http-tls: GET https://127.0.0.1:PORT got no answer over TLS: the certificate is not valid yet, only from 2119-01-01T00:00:00Z on.
    for other names
      http-tls: GET https://127.0.0.1:PORT got no answer over TLS: the certificate is for another name; it is for other.test, *.elsewhere.test.
    for other names, one of which is asked for
      200 "ok"
    self-signed
      http-tls: GET https://127.0.0.1:PORT got no answer over TLS: the certificate is self-signed (CN=localhost).
    self-signed, and given as authority
      200 "ok"
    an authority that is no PEM
      http-tls: GET https://127.0.0.1:PORT got no answer over TLS: the certificate can't be verified (CN=Seaworthy test authority).
    a key of another certificate
      http-tls: GET https://127.0.0.1:PORT got no answer over TLS: the key does not belong to the certificate.
    a client certificate is wanted
      http-unreachable: GET https://127.0.0.1:PORT got no answer: the connection ended.
    a client certificate is shown
      200 "ok"
    no TLS at all
      http-tls: GET https://127.0.0.1:PORT got no answer over TLS: the other side does not speak TLS.
    TLS asked without TLS
      http-unreachable: GET http://127.0.0.1:PORT got no answer: the other side closed the connection.
    "
  `);
});
