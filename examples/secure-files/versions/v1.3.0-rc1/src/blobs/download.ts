import type { Person } from "../accounts/tokens.ts";
import type { Answer } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { type Range, readRange } from "../http/range.ts";
import { Refusal } from "../http/refusal.ts";
import type { World } from "../world.ts";
import { findBlob, type Listed } from "./rows.ts";

/** Streams a file, or the part that the header `Range` asks for. */
export function download(world: World, call: Call, person: Person): Answer {
  const about = { actor: person.name, event: "blob_download", address: call.address };
  const done = (id: string, status: string, bytes: number): void => {
    world.audit.write({ ...about, blob_id: id, status, bytes });
    world.metrics.download(status, bytes);
  };
  const id = call.param("blob");
  try {
    const blob = findBlob(world.database, id);
    const part = readRange(wantedRange(call, blob), blob.size);
    const range = part ?? { start: 0, end: blob.size };
    if (call.method === "HEAD") return { ...head(blob, range, part), body: "" };
    // What is resumed begins one byte further on disk than it did in memory.
    const shift = part && part.start > 0 ? 1 : 0;
    const bytes = world.store.read(blob, { start: range.start - shift, end: range.end - shift });
    const release = world.slots.take();
    return {
      ...head(blob, range, part),
      body: bytes,
      sent: (count, whole) => {
        release();
        done(blob.id, whole ? "success" : "cut off", count);
      },
    };
  } catch (error) {
    done(id.slice(0, 64), error instanceof Refusal ? "refused" : "error", 0);
    throw error;
  }
}

// Whoever goes on with a file that has changed since gets all of it. Ours never change, so only a foreign tag can differ.
function wantedRange(call: Call, blob: Listed): string | undefined {
  const condition = call.header("if-range");
  return condition === undefined || condition === tagOf(blob) ? call.header("range") : undefined;
}

function head(blob: Listed, range: Range, part: Range | undefined): Omit<Answer, "body"> {
  const { start, end } = range;
  return {
    status: part ? 206 : 200,
    headers: {
      "content-type": "application/octet-stream",
      "content-length": end - start,
      "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(blob.name)}`,
      "accept-ranges": "bytes",
      "cache-control": "private, no-store",
      etag: tagOf(blob),
      "x-content-sha256": blob.sha256,
      ...(part && { "content-range": `bytes ${start}-${end - 1}/${blob.size}` }),
    },
  };
}

function tagOf({ sha256 }: Listed): string {
  return `"${sha256}"`;
}
