import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import type { Answer } from "./answer.ts";

/** How an answer went out. */
export interface Sent {
  readonly bytes: number;
  /** What broke it off on our side; a client that leaves is no problem. */
  readonly problem?: unknown;
}

/** Writes the answer, at the pace at which the client takes it. Never throws. */
export async function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
): Promise<Sent> {
  const { status, headers, body } = answer;
  // A refused upload is not read to its end; the connection can't be used for anything else then.
  if (!request.complete && request.method === "POST") response.setHeader("connection", "close");
  response.writeHead(status, headers);
  const isWhole = typeof body === "string" || body instanceof Uint8Array;
  return isWhole
    ? sendWhole(request.method === "HEAD" ? "" : body, response, answer)
    : sendPieces(body, response, answer);
}

async function sendWhole(
  body: string | Uint8Array,
  response: ServerResponse,
  answer: Answer,
): Promise<Sent> {
  response.end(body);
  await finished(response).catch(() => undefined);
  return settle(answer, { bytes: Buffer.byteLength(body) }, response.writableFinished);
}

async function sendPieces(
  body: AsyncIterable<Uint8Array>,
  response: ServerResponse,
  answer: Answer,
): Promise<Sent> {
  let sent: Sent = { bytes: 0 };
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of body) {
        sent = { bytes: sent.bytes + piece.length };
        yield piece;
      }
    } catch (problem) {
      if (!hasLeft(problem)) sent = { ...sent, problem };
      throw problem;
    }
  };
  try {
    await pipeline(Readable.from(counted(), { highWaterMark: 1 }), response);
    return settle(answer, sent, true);
  } catch {
    // The connection is gone, so that the client knows if it has not got everything. One that has may close it before
    // the system tells us that the last piece went out.
    return settle(answer, sent, sent.bytes === answer.headers["content-length"]);
  }
}

// When the connection is gone, the pipeline throws that into what it reads from, wherever that stands.
function hasLeft(problem: unknown): boolean {
  return (
    problem instanceof Error && "code" in problem && problem.code === "ERR_STREAM_PREMATURE_CLOSE"
  );
}

/** Says that the answer has ended; it has gone out already, so a problem with that can only be told. */
function settle(answer: Answer, sent: Sent, isWhole: boolean): Sent {
  try {
    answer.sent?.(sent.bytes, isWhole);
    return sent;
  } catch (problem) {
    return { ...sent, problem };
  }
}
