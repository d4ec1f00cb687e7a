import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { showSize } from "../../lib/size.ts";
import { Fault } from "../../model/failure.ts";
import { withBytes } from "./bytes.ts";
import { actOn, type Done } from "./element.ts";
import { as, one, value, type Judged } from "./judge.ts";
import type { DownloadWish } from "./spec.ts";
import type { Visiting } from "./visiting.ts";

/** Waits for a download to be complete, and holds the file against what is expected. */
export async function download(visiting: Visiting, wish: DownloadWish): Promise<Done> {
  const { page, work } = visiting;
  const waiting = page.download({ timeoutMs: wish.within, mostBytes: wish.most });
  // It is asked for before it is begun, so that none is missed; the click may fail first.
  waiting.catch(() => undefined);
  if (wish.click !== undefined) await actOn(visiting, wish.click, { do: "click" });
  const { file, name } = await waiting;
  const { sha256, bytes } = await digest(file, work.signal);
  const judged = [
    ...(wish.sha256 === undefined
      ? []
      : [one("sha256 of the download", wish.sha256.trim().toLowerCase(), value(sha256))]),
    ...(wish.bytes === undefined
      ? [one("length of the download", { greater: 0 }, value(bytes))]
      : [one("length of the download", as(withBytes(wish.bytes)), value(bytes))]),
    ...(wish.name === undefined ? [] : [one("name of the download", as(wish.name), value(name))]),
  ];
  if (wish.save_as !== undefined) await visiting.keep(wish.save_as, file);
  const misses = judged.flatMap((each: Judged) => each.misses);
  const said = `${name}, ${showSize(bytes)}, sha256 ${sha256.slice(0, 12)}…`;
  if (misses.length === 0) return { checks: judged.length, said };
  throw new Fault({
    code: "page-wrong-download",
    what: `The download ${name} (${bytes} bytes) is not the file that is expected: ${misses[0]?.what ?? ""}.`,
    fix: "Compare it with the original: it may be cut off, joined wrongly, or another file.",
    detail: misses.map(({ what }) => what).join("\n"),
  });
}

async function digest(
  file: string,
  signal: AbortSignal,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(file, { signal, highWaterMark: 1024 * 1024 })) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- without an encoding these are bytes
    const read = chunk as Uint8Array;
    hash.update(read);
    bytes += read.length;
  }
  return { sha256: hash.digest("hex"), bytes };
}
