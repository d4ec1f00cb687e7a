import { defineStep } from "../../ports/step-kind.ts";
import { prepare } from "./prepare.ts";
import { showMs } from "./show.ts";
import { askedOf, loadSpec, type LoadSpec } from "./spec.ts";
import { titleOf } from "./titles.ts";

/** Sends many requests, and judges what was measured; what was not measured proves nothing. */
export const load = defineStep({
  name: "load",
  about: "Sends many requests, and judges how fast and how well they are answered.",
  spec: loadSpec,
  shorthand: "get",
  streams: { log: "load.log", summary: "load.json", raw: "load.csv", chart: "load.html" },
  timeoutMs: 1_200_000,
  effect: (spec) => {
    const method = askedOf(spec)?.method;
    return spec.effect ?? (method === "GET" || method === "HEAD" ? "read" : "once");
  },
  describe: (spec) => `send ${titleOf(spec)} ${size(spec)} and judge ${wishes(spec)}`,
  prepare,
  parts: () => import("./run.ts"),
});

/** The thresholds, of many the first few. */
function wishes({ expect }: LoadSpec): string {
  const rest = expect.length - MOST_SHOWN;
  const shown = expect.slice(0, MOST_SHOWN).join("; ");
  return rest > 0 ? `${shown}; ${rest} more` : shown;
}

const MOST_SHOWN = 4;

function size({ closed, open }: LoadSpec): string {
  if (open !== undefined) return `at ${open.rate} for ${showMs(open.for)}`;
  const most =
    closed?.requests === undefined ? `for ${showMs(closed?.for ?? 0)}` : `${closed.requests} times`;
  return `${most}, ${closed?.concurrency ?? 1} at a time`;
}
