import type { Diagnostic } from "../../model/diagnostic.ts";
import { defineStep, type Preparation } from "../../ports/step-kind.ts";
import { refuseUnknownHosts, showHosts } from "../hosts.ts";
import { type KeySpec, keySpec } from "./spec.ts";

/** An encryption key in its place on hosts: never shown, proven there, and never changed by mistake. */
export const key = defineStep({
  name: "key",
  about: "Puts a secret into a file on hosts without showing it, and proves it there.",
  spec: keySpec,
  timeoutMs: 120_000,
  effect: ({ check }) => (check ? "read" : "idempotent"),
  abilities: ({ check }) => (check ? { undo: false, prove: false } : {}),
  describe: ({ secret, at, hosts, check, must_stay, mode, owner }) =>
    check
      ? `see that ${secret} is at ${at} on ${showHosts(hosts)}`
      : `put ${secret} at ${at} on ${showHosts(hosts)} (${[mode, ...(owner === undefined ? [] : [owner])].join(", ")}); ${must_stay ? "another key there stops the run" : "another key there is replaced"}`,
  describeUndo: ({ must_stay }) =>
    must_stay ? "where there was none, there is none again" : "the key that was there comes back",
  prepare: (spec, preparation) => ({ spec, diagnostics: refusals(spec, preparation) }),
  has: ["probe", "undo", "prove", "accept"],
  parts: () => import("./run.ts"),
});

function refusals(spec: KeySpec, preparation: Preparation): readonly Diagnostic[] {
  return [...refuseUnknownHosts(spec.hosts, preparation), ...refuseOdd(spec, preparation)];
}

function* refuseOdd(spec: KeySpec, preparation: Preparation): Generator<Diagnostic> {
  const { secret, mode, check, must_stay } = spec;
  const { names } = preparation;
  if (names !== undefined && !names.includes(secret))
    yield preparation.blame(
      "secret",
      `The step is not given ${secret}.`,
      `Declare it on the step: \`secrets: [${secret}]\`.`,
    );
  if ((Number.parseInt(mode, 8) & 0o007) !== 0)
    yield preparation.blame(
      "mode",
      `With mode ${mode} everybody on the host can use the key.`,
      'Write "0600", or "0640" where a group must read it.',
    );
  if (check && !must_stay)
    yield preparation.blame(
      "must_stay",
      "A check replaces nothing.",
      "Take `must_stay` out, or `check`.",
    );
}
