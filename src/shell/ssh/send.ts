import type { Sending, Sent } from "../../ports/host.ts";
import type { Limits } from "../../ports/shell.ts";
import type { Inner } from "./inner.ts";

export function sendThere(_: Inner, sending: Sending, __: Limits): Promise<Sent> {
  throw new Error(`being written: ${sending.to}`);
}
