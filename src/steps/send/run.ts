import type { Result } from "../../model/event.ts";
import type { Work } from "../../ports/step-kind.ts";
import { imagesFor } from "../build/refusals.ts";
import { sizeInWords } from "../build/size-in-words.ts";
import { commentary } from "../deploy/commentary.ts";
import type { SendSpec } from "./spec.ts";

/** Sends what is not there yet; twice is once. */
export async function run(work: Work<SendSpec>): Promise<Result> {
  const { target, to } = work.spec;
  const { images, release } = imagesFor(work, target);
  let sentBytes = 0;
  const { evidence, failure } = await commentary(work, "output", async (act) => {
    sentBytes = await images.send(release, to, act);
  });
  if (failure) return { outcome: "failed", failure, evidence };
  return {
    outcome: "passed",
    summary:
      sentBytes === 0
        ? `${to} had every image of ${release.name} already`
        : `sent ${sizeInWords(sentBytes)} to ${to}`,
    facts: {},
    numbers: { sentBytes },
    evidence,
  };
}
