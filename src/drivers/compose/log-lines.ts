import type { Act } from "../../ports/driver.ts";
import type { Told } from "./docker.ts";
import type { Setting } from "./setting.ts";

/** Both streams of a container as one, each line with its time. docker keeps them apart, and we want them in their order. */
export function logsTold(
  { docker }: Pick<Setting, "docker">,
  { id, flags, maxBytes }: { id: string; flags: readonly string[]; maxBytes: number },
  act: Act,
): Promise<Told> {
  return docker.merged(["logs", "--timestamps", ...flags, id], act, { maxBytes });
}
