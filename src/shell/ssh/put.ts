import type { HostFile } from "../../ports/host.ts";
import type { Limits } from "../../ports/shell.ts";
import type { Inner } from "./inner.ts";

export function putThere(_: Inner, file: HostFile, __: Limits): Promise<boolean> {
  throw new Error(`being written: ${file.path}`);
}
