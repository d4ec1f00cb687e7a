import { digestStream } from "../lib/digest.ts";
import { Fault } from "../model/failure.ts";
import type { FileEnd, Finished, Limits, Streamed } from "../ports/shell.ts";
import { enders, type Enders } from "./enders.ts";
import { GRACE_MS } from "./follow.ts";
import type { Launch } from "./launch.ts";
import type { World } from "./stream-child.ts";
import { openSink, openSource, type Sink, type Source } from "./stream-ends.ts";

interface Ends {
  readonly from: Launch | FileEnd;
  readonly to: Launch | FileEnd;
}

type Stopped = Awaited<Enders["wanted"]>;

/** How it went: all of it and well, or why not. */
type Course =
  | { readonly is: "whole" }
  | Stopped
  /** The near command did not end well, or the far one had enough before all had come. */
  | { readonly is: "cut"; readonly by: "near" | "far" }
  | { readonly is: "broken"; readonly error: unknown };

/** Lets bytes flow from one end to the other, and leaves no half of a file behind. */
export async function stream(ends: Ends, limits: Limits, world: World): Promise<Streamed> {
  const sum = digestStream();
  if (limits.signal?.aborted === true) return neverBegun(ends);
  const stop = enders(limits);
  try {
    const sink = await openSink(ends.to, world);
    if (sink.child?.isStarted === false)
      return { ...neverBegun(ends), to: await sink.child.finished() };
    const source = await openSource(ends.from, world).catch((error: unknown) =>
      giveUp(sink, error),
    );
    const pass = { source, sink, wanted: stop.wanted };
    const course = await passOn(pass, (bytes) => sum.push(bytes));
    await wrapUp(pass, course);
    const from = await source.child?.finished();
    const to = await sink.child?.finished();
    return { ...(from && { from }), ...(to && { to }), ...sum.end() };
  } finally {
    stop.clear();
  }
}

interface Pass {
  readonly source: Source;
  readonly sink: Sink;
  readonly wanted: Enders["wanted"];
}

/** A far command learns that all has come only once the near one has said that it ended well. */
async function passOn(
  { source, sink, wanted }: Pass,
  count: (bytes: Uint8Array) => void,
): Promise<Course> {
  const enough = sink.child?.ended.then((): Course => ({ is: "cut", by: "far" }));
  const flowed = await Promise.race([flow(source, sink, count), wanted, enough ?? wanted]);
  if (!("is" in flowed) || flowed.is !== "whole") return flowed;
  const near = await Promise.race([source.child?.ended ?? WELL, wanted]);
  if (near.how === "out-of-time" || near.how === "cancelled") return near;
  if (near.how !== "exit" || near.code !== 0) return { is: "cut", by: "near" };
  try {
    await sink.finish();
  } catch (error) {
    return { is: "broken", error };
  }
  const far = await Promise.race([sink.child?.ended ?? WELL, wanted]);
  return far.how === "out-of-time" || far.how === "cancelled" ? far : { is: "whole" };
}

const WELL: Finished["ended"] = { how: "exit", code: 0 };
const CANCELLED = { how: "cancelled" } as const;

async function flow(
  { bytes }: Source,
  sink: Sink,
  count: (bytes: Uint8Array) => void,
): Promise<Course> {
  try {
    for await (const chunk of bytes) {
      await sink.write(chunk);
      count(chunk);
    }
    return { is: "whole" };
  } catch (error) {
    return { is: "broken", error };
  }
}

/** Whatever still runs is ended; how a command ended by itself counts for more than that we ended it. */
async function wrapUp({ source, sink }: Pass, course: Course): Promise<void> {
  if ("is" in course && course.is === "whole") return;
  const why = "how" in course ? course : CANCELLED;
  const { near, far } = patience(course);
  if (near > 0) source.close();
  await Promise.all([source.child?.end(why, near), sink.child?.end(why, far)]);
  source.close();
  await sink.drop();
  if ("error" in course && course.error instanceof Fault) throw course.error;
  // Nobody else says that a copy from file to file was broken off.
  if ("how" in course && !source.child && !sink.child) throw brokenOff(course);
}

/** A far command that still waits for more from a near one that failed has nothing to say of its own. */
function patience(course: Course): { readonly near: number; readonly far: number } {
  if ("how" in course || ("error" in course && course.error instanceof Fault))
    return { near: 0, far: 0 };
  return { near: GRACE_MS, far: "by" in course && course.by === "near" ? 0 : GRACE_MS };
}

async function giveUp(sink: Sink, error: unknown): Promise<never> {
  await sink.child?.end(CANCELLED);
  await sink.drop();
  throw error;
}

function neverBegun({ from, to }: Ends): Streamed {
  if ("file" in from && "file" in to) throw brokenOff(CANCELLED);
  const finished: Finished = { ended: CANCELLED, tail: "", durationMs: 0 };
  return {
    ...("file" in from ? {} : { from: finished }),
    ...("file" in to ? {} : { to: finished }),
    ...digestStream().end(),
  };
}

function brokenOff({ how }: Stopped): Fault {
  return new Fault({
    code: "stream-broken-off",
    what: `The copying of a file was ${how === "cancelled" ? "cancelled" : "not done in time"}; nothing of the copy is left.`,
    fix: "Copy it again, with more time if it had too little.",
  });
}
