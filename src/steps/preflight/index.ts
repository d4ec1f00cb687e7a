import type { Diagnostic } from "../../model/diagnostic.ts";
import { defineStep, type Preparation } from "../../ports/step-kind.ts";
import { refuseUnknownHosts, showHosts, type SomeHosts } from "../hosts.ts";
import { hostsOf, kindOf, needsHost, preflightSpec, type PreflightSpec } from "./spec.ts";
import { parseRange } from "./version.ts";

/** Looks at the machine and the project before anything is touched. */
export const preflight = defineStep({
  name: "preflight",
  about: "Checks the machine and the project before anything is touched.",
  spec: preflightSpec,
  shorthand: "checks",
  streams: { table: "preflight.txt" },
  effect: () => "read",
  describe: (spec) =>
    `check ${spec.checks.length} things${where(spec)}, and go no further when one is not so`,
  prepare: (spec, preparation) => ({ spec, diagnostics: faults(spec, preparation) }),
  parts: () => import("./run.ts"),
});

function where(spec: PreflightSpec): string {
  const places = [...new Set(spec.checks.map((check) => showPlace(hostsOf(check, spec))))];
  return places.length === 1 && places[0] === HERE ? "" : ` on ${places.join(" and ")}`;
}

const HERE = "this machine";

function showPlace(chosen: SomeHosts | "none"): string {
  return chosen === "none" ? HERE : showHosts(chosen);
}

function faults(spec: PreflightSpec, preparation: Preparation) {
  const { targets } = preparation;
  const chosen = [spec.hosts, ...spec.checks.map(({ hosts }) => hosts)];
  const distinct = new Set(chosen.map((each) => (each === "none" ? undefined : each)));
  return [
    ...[...distinct].flatMap((each) => refuseUnknownHosts(each, preparation)),
    ...aboutChecks(spec, preparation, targets),
  ];
}

function aboutChecks(
  spec: PreflightSpec,
  preparation: Preparation,
  targets: readonly string[],
): readonly Diagnostic[] {
  return spec.checks.flatMap((check) => {
    const { docker, compose, target: wanted } = check;
    const version = check.version ?? docker ?? compose;
    if (version !== undefined && !version.includes("${") && parseRange(version) === undefined)
      return [
        preparation.blame(
          "checks",
          `"${version}" is not a range of versions.`,
          "Write it like `>=2.30` or `>=20 <23`.",
        ),
      ];
    if (needsHost(check, spec))
      return [
        preparation.blame(
          "checks",
          `\`${kindOf(check)}\` is asked of hosts, and none is named.`,
          "Write `hosts: all` on the step or on the check.",
        ),
      ];
    if (wanted !== undefined && !wanted.includes("${") && !targets.includes(wanted))
      return [
        preparation.blame(
          "checks",
          `There is no target "${wanted}" in this environment.`,
          `Use one of: ${targets.join(", ")}.`,
        ),
      ];
    return [];
  });
}
