import type { Release } from "../../model/release.ts";
import type { Act } from "../../ports/driver.ts";
import type { Bundle } from "./bundle.ts";
import type { Manifest } from "./manifest.ts";

/** What one place (a host, a folder here, a bucket) shows. */
export interface Standing {
  /** Name of the host, `here`, or `bucket`. */
  readonly place: string;
  /** What it was last told to show. */
  readonly release?: Release;
  /** Whether the document there is that release's. */
  readonly isWhole: boolean;
  readonly detail: string;
}

/**
 * Where a site is kept and shown, so that the way of a release is the same for folders and storage. Every method may be
 * called again after a crash; those that change anything refuse a stale owner (`fence-stale`).
 */
export interface Site {
  /** Nothing for a place that shows nothing. */
  look(act: Act): Promise<readonly Standing[]>;
  stage(bundle: Bundle, act: Act): Promise<void>;
  /** The manifest of a release that is in place, whole, everywhere. Fault `release-not-staged`. */
  staged(release: Release, act: Act): Promise<Manifest>;
  /** Makes a staged release the shown one. Where it is that already, nothing happens. */
  show(manifest: Manifest, act: Act): Promise<void>;
  /** Shows again what was shown at each place; nothing, where nothing was. */
  showAgain(before: readonly Standing[], act: Act): Promise<void>;
  /** Takes away what is there of a release that is not shown, unless it was accepted once; hands back whether it stays. */
  retire(release: Release, act: Act): Promise<"kept" | "gone">;
  /** Takes away everything that we put. */
  retireAll(act: Act): Promise<void>;
  /** Accepts what is shown and takes away what is not needed any more; hands back which releases are forgotten. */
  settle(act: Act): Promise<readonly string[]>;
}
