import path from "node:path";
import { showSize } from "../../lib/size.ts";
import { Fault } from "../../model/failure.ts";
import type { Sending, Sent } from "../../ports/host.ts";
import type { Limits } from "../../ports/shell.ts";
import type { Inner } from "./inner.ts";
import { hostOf } from "./line.ts";
import { differences, readList } from "./manifest-compare.ts";
import { askSender, notSent } from "./send-ask.ts";
import { byRsync } from "./send-rsync.ts";
import { byTar } from "./send-tar.ts";
import type { Course, Transfer } from "./send-transfer.ts";

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5000;
/** What arrives wrong twice will arrive wrong a third time. */
const MOST_TRIES = 2;
const MOST_LIST_BYTES = 256 * 1024 * 1024;

/**
 * Sends a folder: gathers its files beside the place where they belong, has the host prove them one by one, and gives them
 * their place as a whole. What a break leaves is found again by the next try, which sends the rest.
 */
export async function sendThere(inner: Inner, sending: Sending, limits: Limits): Promise<Sent> {
  const { clock, manifests } = inner.line.world;
  const until = clock.monotonic() + limits.timeoutMs;
  const left = (): Limits => ({ ...limits, timeoutMs: Math.max(1, until - clock.monotonic()) });
  const from = path.resolve(sending.from);
  const manifest = await manifests.read(from);
  const { files, bytes, sha256 } = manifest;
  const to = placeThere(sending.to);
  const order: Order = { inner, from, to, work: `${to}.sending-${sha256.slice(0, 16)}`, manifest };
  let sentBytes = 0;
  let wait = FIRST_WAIT_MS;
  for (let tries = 1; tries <= MOST_TRIES;) {
    const bases = await begin(order, sending.base, left());
    if (bases === "there") return { files, bytes, sentBytes, sha256 };
    const course = await bring({ ...order, bases, limits: left() });
    if (course.is === "over") {
      sentBytes += course.sentBytes;
      if (await settle(order, tries, left())) return { files, bytes, sentBytes, sha256 };
      tries++;
    } else if (course.is === "broken") {
      if (clock.monotonic() + wait > until) throw new Fault(course.failure);
      await clock.sleep(wait, limits.signal);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    } else {
      await begin(order, sending.base, left());
      throw notSent(inner, course.finished);
    }
  }
  throw unsettled(order);
}

interface Order extends Pick<Transfer, "inner" | "from" | "work" | "manifest"> {
  readonly to: string;
}

/** A place on the host that can have another beside it. */
function placeThere(to: string): string {
  const place = path.posix.normalize(to).replace(/\/+$/, "");
  if (place.startsWith("/") && !place.includes("\0")) return place;
  throw new Fault({
    code: "no-place-to-send-to",
    what: `Nothing can be sent to ${JSON.stringify(to)}.`,
    fix: "Name a folder of the host from the root on.",
  });
}

/** Asks whether all is there already, and if not makes room: the folders that may hold the same files. Fault `host-disk-full`. */
async function begin(
  { inner, to, work, manifest }: Order,
  base: string | undefined,
  limits: Limits,
): Promise<"there" | readonly string[]> {
  const bases = base === undefined ? [] : [base];
  const { sha256, bytes } = manifest;
  const told = await askSender(inner, ["begin", to, work, sha256, String(bytes), ...bases], limits);
  const { name } = hostOf(inner.line);
  const [first = "", ...rest] = told.split("\n");
  if (first === "there") return "there";
  if (first === "in-the-way")
    throw new Fault({
      code: "not-a-folder",
      what: `On ${name}, ${to} is a file or a link, and a folder is to be sent there.`,
      fix: "Move it away, or send to another place.",
    });
  const free = /^roomless (\d+)$/.exec(first)?.[1];
  if (free !== undefined)
    throw new Fault({
      code: "host-disk-full",
      what: `On ${name}, ${to} needs ${showSize(bytes)} (${bytes} bytes), and ${showSize(Number(free))} (${free} bytes) are free there.`,
      fix: "Make room on that disk, then run again. What had arrived is removed again.",
    });
  return rest
    .join("\n")
    .split("\0")
    .filter((each) => each !== "");
}

async function bring(transfer: Transfer): Promise<Exclude<Course, { is: "unable" }>> {
  const { hasRsync } = await transfer.inner.known(transfer.limits);
  const course = hasRsync ? await byRsync(transfer) : ({ is: "unable" } as const);
  return course.is === "unable" ? byTar(transfer) : course;
}

/** Has the host prove the files and give them their place. False: they are to be sent once more. */
async function settle(order: Order, tries: number, limits: Limits): Promise<boolean> {
  const { inner, to, work, manifest } = order;
  const words = ["settle", to, work, manifest.sha256] as const;
  const told = await askSender(inner, words, { ...limits, maxBytes: MOST_LIST_BYTES });
  const end = told.indexOf("\n");
  const verdict = told.slice(0, end);
  if (verdict === "proven") return true;
  if (verdict === "gone") return false;
  await refuseChanged(order);
  if (tries >= MOST_TRIES) throw unproven(order, told.slice(end + 1));
  await askSender(inner, ["drop", work], limits);
  return false;
}

/** A folder that changes while it is sent can't be proven against what it was. */
async function refuseChanged({ inner, from, manifest }: Order): Promise<void> {
  const now = await inner.line.world.manifests.read(from);
  if (now.sha256 === manifest.sha256) return;
  throw new Fault({
    code: "folder-changed",
    what: `${from} changed while it was sent.`,
    fix: "See what writes there, and run again when it is done.",
  });
}

function unproven({ inner, to, manifest }: Order, list: string): Fault {
  return new Fault({
    code: "send-not-proven",
    what: `On ${hostOf(inner.line).name}, the files for ${to} are not those that were sent; they have not got their place.`,
    fix: "See what else writes there, and whether the host's disk is sound; then run again.",
    detail: differences(manifest.entries, readList(list)),
  });
}

function unsettled({ inner, to }: Order): Fault {
  return new Fault({
    code: "send-not-proven",
    what: `On ${hostOf(inner.line).name}, what had arrived for ${to} was gone before it got its place, ${MOST_TRIES} times.`,
    fix: "See who else sends to or removes that place; then run again.",
  });
}
