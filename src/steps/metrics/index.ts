import { defineStep } from "../../ports/step-kind.ts";
import { refusals } from "./refusals.ts";
import { metricsSpec } from "./spec.ts";

/** Reads a page of metrics or asks Prometheus, and judges what is there; never green about what is absent. */
export const metrics = defineStep({
  name: "metrics",
  about: "Reads metrics, and judges their values or what was added to them since a mark.",
  spec: metricsSpec,
  shorthand: "get",
  streams: { table: "metrics.txt", page: "metrics.prom" },
  effect: () => "read",
  describe: ({ get, query, mark, expect = [] }) => {
    const what = get === undefined ? `ask Prometheus ${query ?? ""}` : `read the metrics of ${get}`;
    const judge = expect.length === 0 ? "" : ` and judge ${expect.join("; ")}`;
    return `${what}${judge}${mark ? ", for comparing later" : ""}`;
  },
  prepare: (spec, preparation) => ({ spec, diagnostics: refusals(spec, preparation) }),
  parts: () => import("./run.ts"),
});
