import { closeSync } from "node:fs";
import { launch, type Launch, type Launched } from "../launch.ts";
import type { Pipes } from "../pipes.ts";
import { drain } from "./drain.ts";

/** A started process whose output, both streams in the order they came, is being read. */
export interface Attended extends Launched {
  /** Resolves when all output is read; to be awaited after the end. */
  read(): Promise<void>;
}

/** Starts a process whose stdout and stderr are one real pipe. */
export async function attend(
  command: Launch,
  pipes: Pipes,
  take: (chunk: Uint8Array) => Promise<void>,
): Promise<Attended> {
  const out = await pipes.fromChild();
  const started = launch(command, [out.theirs, out.theirs]);
  closeSync(out.theirs);
  return { ...started, read: drain(out.ours, take).over };
}
