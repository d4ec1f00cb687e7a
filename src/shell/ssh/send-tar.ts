import { Fault } from "../../model/failure.ts";
import { readList, workFor } from "./manifest-compare.ts";
import { askSender } from "./send-ask.ts";
import { SEND_SCRIPT } from "./send-script.ts";
import type { Course, Transfer } from "./send-transfer.ts";
import { streamThere } from "./stream.ts";

/** What the script says where another sender of the same was quicker. */
const GONE = "gone\n";
const GONE_CODE = 9;
const MOST_LIST_BYTES = 256 * 1024 * 1024;

/** Brings the folder's files to the host by tar: those that the host's list of digests does not have. */
export async function byTar(transfer: Transfer): Promise<Exclude<Course, { is: "unable" }>> {
  const { inner, manifest, work, bases, limits } = transfer;
  const ask = (words: readonly [string, ...string[]], stdin?: string) =>
    askSender(inner, words, { ...limits, maxBytes: MOST_LIST_BYTES, stdin });
  const copied = await ask(["copy", work, ...bases.slice(0, 1)]);
  // Settling tells what became of it.
  if (copied === GONE) return { is: "over", sentBytes: 0 };
  const list = readList(copied);
  const { missing, stale } = workFor(manifest.entries, list);
  if (stale.length > 0) await ask(["remove", work], names(stale));
  const course = await pour(
    transfer,
    missing.map(({ path }) => path),
  );
  if (course.is === "over") await ask(["tidy", work]);
  return course;
}

function names(paths: readonly string[]): string {
  return paths.map((path) => `./${path}\0`).join("");
}

async function pour(
  { inner: { line }, from, work, limits }: Transfer,
  paths: readonly string[],
): Promise<Exclude<Course, { is: "unable" }>> {
  if (paths.length === 0) return { is: "over", sentBytes: 0 };
  const pack = {
    argv: ["tar", "-C", from, "--no-recursion", "--null", "-c", "-f", "-", "-T", "-"] as const,
    cwd: "/",
    // The tar of macOS adds files of its own unless it is told not to.
    env: { ...line.world.environment, LC_ALL: "C", COPYFILE_DISABLE: "1" },
    stdin: names(paths),
  };
  const unpack = { argv: ["sh", "-c", SEND_SCRIPT, "send", "unpack", work] as const, env: {} };
  try {
    const ends = { from: { here: pack }, to: { there: unpack } };
    const { from: near, to: far, bytes } = await streamThere(line, ends, limits);
    if (far?.ended.how === "exit" && far.ended.code === GONE_CODE)
      return { is: "over", sentBytes: bytes };
    const bad = [near, far].find(
      (end) => end && !(end.ended.how === "exit" && end.ended.code === 0),
    );
    return bad ? { is: "ended", finished: bad } : { is: "over", sentBytes: bytes };
  } catch (error) {
    if (!(error instanceof Fault) || error.failure.code !== "host-unreachable") throw error;
    return { is: "broken", failure: error.failure };
  }
}
