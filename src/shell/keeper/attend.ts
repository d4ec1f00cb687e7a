import { closeSync } from "node:fs";
import { launch, type Launched } from "../launch.ts";
import type { Pipe, Pipes } from "../pipes.ts";
import { drain } from "./drain.ts";
import type { Start } from "./protocol.ts";

/** A started process whose output, both streams in the order they came, is being read. */
export interface Attended extends Launched {
  /** Resolves when all output is read; to be awaited after the end. */
  read(): Promise<void>;
}

/** Starts a process with real pipes. It reads nothing when there is no stdin. */
export async function attend(
  command: Start,
  pipes: Pipes,
  take: (chunk: Uint8Array) => Promise<void>,
): Promise<Attended> {
  const out = await pipes.fromChild();
  const input = command.stdin === undefined ? undefined : await pipes.toChild();
  const started = launch(command, [input?.theirs ?? "ignore", out.theirs, out.theirs]);
  closeSync(out.theirs);
  feed(input, command.stdin);
  return { ...started, read: drain(out.ours, take).over };
}

function feed(input: Pipe | undefined, stdin: string | undefined): void {
  if (input === undefined) return;
  closeSync(input.theirs);
  // It may end, or close its stdin, without reading it.
  input.ours.on("error", () => input.ours.destroy());
  input.ours.end(stdin ?? "");
}
