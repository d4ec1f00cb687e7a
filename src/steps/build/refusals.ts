import { Fault } from "../../model/failure.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Release } from "../../model/release.ts";
import type { Images } from "../../ports/images.ts";
import type { Preparation, Work } from "../../ports/step-kind.ts";
import { checkoutBefore } from "../places.ts";

/** Nothing before says which release. */
export function refuseNoRelease(what: string, preparation: Preparation): readonly Diagnostic[] {
  if (checkoutBefore(preparation) !== undefined) return [];
  return [
    preparation.blame(
      undefined,
      `No step before this one says which release ${what}.`,
      'Put a checkout before it: `- checkout: { tag: "${TAG}" }`.',
    ),
  ];
}

/** What a target can do with images, and the release that it is about. Fault `no-images`, `no-release`. */
export function imagesFor(
  work: Pick<Work<unknown>, "driver" | "release">,
  target: string,
): { readonly images: Images; readonly release: Release } {
  const { images } = work.driver(target);
  const { release } = work;
  if (images === undefined)
    throw new Fault({
      code: "no-images",
      what: `The driver of ${target} does not work with images.`,
      fix: "Use a target whose driver is `compose`, or a `command` step that builds.",
    });
  if (release === undefined)
    throw new Fault({
      code: "no-release",
      what: `No step has said which release of ${target} this is.`,
      fix: 'Put a checkout before it: `- checkout: { tag: "${TAG}" }`.',
    });
  return { images, release };
}
