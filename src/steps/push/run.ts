import type { Result } from "../../model/event.ts";
import type { Image } from "../../ports/images.ts";
import type { Work } from "../../ports/step-kind.ts";
import { imagesFor } from "../build/refusals.ts";
import { commentary } from "../deploy/commentary.ts";
import type { PushSpec } from "./spec.ts";

/** Pushes what is not there yet; twice is once. */
export async function run(work: Work<PushSpec>): Promise<Result> {
  const { target, sign_in: signIn } = work.spec;
  const { images, release } = imagesFor(work, target);
  let pushed: readonly Image[] = [];
  const { evidence, failure } = await commentary(work, "output", async (act) => {
    pushed = await images.push(release, signIn, act);
    for (const { part, digest } of pushed) act.say(`${part} is ${digest}`);
  });
  if (failure) return { outcome: "failed", failure, evidence };
  const digests = new Set(pushed.map(({ digest }) => digest));
  return {
    outcome: "passed",
    summary: `pushed ${pushed.map(({ name }) => name).join(", ")}`.slice(0, 500),
    facts: Object.fromEntries(pushed.map(({ part, digest = "" }) => [`digest.${part}`, digest])),
    numbers: { images: digests.size },
    evidence,
  };
}
