import { showDuration } from "../../lib/duration.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Preparation } from "../../ports/step-kind.ts";
import { checkJsonPath, checkPattern, readExpectations } from "../../scenario/read-expect.ts";
import { mostTries, specOf } from "./spec.ts";
import type { Asked, HealthSpec, OneSpec } from "./spec.ts";

type Refuse = (key: string, what: string, fix: string) => void;

/** What can't pass, can't fail, or leaves open which release answers. */
export function refusals(spec: HealthSpec, preparation: Preparation): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const refuse: Refuse = (key, what, fix) => found.push(preparation.blame(key, what, fix));
  const { get, services = {} } = spec;
  if (get !== undefined) refuseAsking({ ...spec, get }, refuse);
  for (const [name, one] of Object.entries(services))
    refuseAsking(specOf(spec, one), (key, what, fix) => {
      const isOwn = key === "get" || Object.hasOwn(one, key);
      refuse(isOwn ? `services.${name}.${key}` : key, what, fix);
    });
  refuseTimes(spec, refuse);
  return found;
}

/** What is asked and what the answer must be like, where that can't pass, can't fail, or leaves the release open. */
export function refuseAsking(spec: Asked & Pick<OneSpec, "get" | "because">, refuse: Refuse): void {
  readExpectations(spec.expect, complaints("expect", refuse));
  if (!/^(\/|https?:\/\/|\$\{)/.test(spec.get))
    refuse("get", `"${spec.get}" is neither a path nor a URL.`, `Begin it with "/": /${spec.get}`);
  refuseIdentity(spec, refuse);
}

function complaints(key: string, refuse: Refuse) {
  const complain = (_: unknown, { what, fix }: { readonly what: string; readonly fix: string }) =>
    refuse(key, what, fix);
  return { at: () => ({ file: "", line: 1, column: 1 }), complain, complainOfKey: complain };
}

function refuseTimes(spec: HealthSpec, refuse: Refuse): void {
  const { successes, within, interval, wait = 0 } = spec;
  const tries = mostTries(spec);
  if (successes > tries)
    refuse(
      "successes",
      `${successes} tries in a row cannot pass when there are at most ${tries}.`,
      `Set tries to ${successes} or more.`,
    );
  const least = wait + (successes - 1) * interval;
  if (within !== undefined && least >= within)
    refuse(
      "within",
      `Waiting and ${successes} in a row take at least ${showDuration(least)}, so this cannot pass within ${showDuration(within)}.`,
      "Allow more time.",
    );
}

function refuseIdentity(
  { identity, because }: Pick<HealthSpec, "identity" | "because">,
  refuse: Refuse,
): void {
  if (identity === "none" && because === undefined)
    refuse(
      "identity",
      "Nothing says why any release may answer.",
      'Add because: "…", or say where the release is named.',
    );
  if (identity !== "none" && because !== undefined)
    refuse("because", '"because" explains `identity: none`, which is not given.', "Leave it out.");
  if (typeof identity !== "object") return;
  const places = [identity.json, identity.header, identity.body].filter(
    (each) => each !== undefined,
  );
  if (places.length !== 1)
    refuse(
      "identity",
      "The release is named in exactly one place.",
      "Give one of json, header and body.",
    );
  const source = complaints("identity", refuse);
  if (identity.json !== undefined) checkJsonPath(identity.json, [], source);
  if (identity.regex !== undefined) checkPattern(identity.regex, [], source);
}
