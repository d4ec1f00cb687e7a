import type { Measured } from "./measured.ts";
import { showMs } from "./show.ts";
import { askedOf, type LoadSpec } from "./spec.ts";

/** What was asked, without what may be secret in a URL that was filled in. */
export function titleOf(spec: LoadSpec): string {
  const asked = askedOf(spec);
  if (asked === undefined) return `"${spec.step ?? ""}" of ${spec.scenario ?? ""}`;
  return `${asked.method} ${asked.place.replace(/\?.*$/, "?…")}`;
}

export function modelWords({ plan }: Measured): string {
  const { model } = plan;
  if (model.kind === "open")
    return `${Number(model.ratePerSecond.toFixed(3))} requests/s for ${showMs(model.durationMs)}`;
  const size =
    model.requests === undefined
      ? `for ${showMs(model.durationMs ?? 0)}`
      : `${model.requests} requests`;
  return `${size}, ${model.concurrency} at a time`;
}
