import type { Command, FileEnd, Finished, Limits, Streamed } from "../../ports/shell.ts";
import type { Launch } from "../launch.ts";
import { stream } from "../stream.ts";
import { endedBy, endedWith } from "./ended.ts";
import { openFrames } from "./frames.ts";
import { hostOf, type Line } from "./line.ts";
import { lookFor, wholeStdin, type HostCommand } from "./look.ts";
import { seeOff } from "./see-off.ts";
import { refuseFenced, troubleOf, unusable } from "./trouble.ts";
import { Fault } from "../../model/failure.ts";

/** One end of a stream: a command on the host, a command here, or a file here. */
export type End = { readonly there: HostCommand } | { readonly here: Launch } | FileEnd;

/** Lets bytes flow between the host and here. Fault `host-unreachable` when the connection breaks; then it is to be done again. */
export async function streamThere(
  line: Line,
  { from, to }: { readonly from: End; readonly to: End },
  limits: Limits,
): Promise<Streamed> {
  const wanted = new Set<string>();
  try {
    return await line.gate(async () => {
      const near = open(line, from, { ...limits, wanted, isFar: false });
      const far = open(line, to, { ...limits, wanted, isFar: true });
      const flowed = await stream({ from: near.end, to: far.end }, limits, line.world);
      return {
        ...flowed,
        ...(flowed.from && { from: near.tell(flowed.from) }),
        ...(flowed.to && { to: far.tell(flowed.to) }),
      };
    });
  } finally {
    for (const nonce of wanted) await seeOff(line, nonce);
  }
}

interface Opened {
  readonly end: Launch | FileEnd;
  tell(finished: Finished): Finished;
}

function same(finished: Finished): Finished {
  return finished;
}

interface Opening extends Limits {
  readonly isFar: boolean;
  /** Commands that have not ended by themselves, by their nonces. */
  readonly wanted: Set<string>;
}

function open(line: Line, end: End, { timeoutMs, isFar, wanted }: Opening): Opened {
  if ("file" in end) return { end, tell: same };
  if ("here" in end) return { end: end.here, tell: same };
  const used = line.connection();
  const { there } = end;
  const { words, head } = lookFor(line, there, {
    timeoutMs,
    isFed: isFar || (there.stdin ?? "") !== "",
  });
  const { launch, nonce } = line.launchFor(words);
  const stdin = head + (isFar ? "" : wholeStdin(there));
  wanted.add(nonce);
  return {
    end: { ...launch, stdin, isWatched: true },
    tell(finished) {
      const { how } = finished.ended;
      if (how !== "out-of-time" && how !== "cancelled") wanted.delete(nonce);
      return told({ line, nonce, used }, finished);
    },
  };
}

interface Asked {
  readonly line: Line;
  readonly nonce: string;
  /** Number of the connection that it used. */
  readonly used: number;
}

/** How the command itself ended, and what it said, without the words of the host's script. */
function told({ line, nonce, used }: Asked, finished: Finished): Finished {
  let last: string | undefined;
  const frames = openFrames(nonce, (words) => {
    last = words;
  });
  const said = Buffer.concat([frames.push(Buffer.from(finished.tail)), frames.flush()]);
  const tail = said.toString("utf8");
  const { ended } = finished;
  if (last !== undefined) refuseFenced(line, last);
  const own = last === undefined ? undefined : endedBy(last);
  if (own) return { ...finished, ended: own, tail };
  if (last !== undefined) throw unusable(hostOf(line), last.replace(/^stuck /, ""));
  if (ended.how === "exit" && ended.code === 255) {
    line.renew(used);
    throw new Fault(troubleOf(tail, hostOf(line)).failure);
  }
  return { ...finished, tail, ended: ended.how === "exit" ? endedWith(ended.code) : ended };
}

/** A command as the port gives it. */
export function toHost({ argv, cwd, env = {}, stdin }: Command): HostCommand {
  return {
    argv,
    env,
    ...(cwd !== undefined && { cwd }),
    ...(stdin !== undefined && { stdin }),
  };
}
