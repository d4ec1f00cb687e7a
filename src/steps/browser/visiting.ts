import type { Mask } from "../../lib/mask.ts";
import type { Failure } from "../../model/failure.ts";
import type { Noticed, Page, Viewport } from "../../ports/browser.ts";
import type { Work } from "../../ports/step-kind.ts";
import type { BrowserSpec } from "./spec.ts";

/** A window with the name that people are told. */
export interface NamedViewport extends Viewport {
  readonly name: string;
}

/** How one step of a visit ended. */
export interface StepReport {
  readonly name: string;
  readonly outcome: "passed" | "failed" | "error";
  readonly durationMs: number;
  /** What was found out: `sha256 ab12…, 8 MB`. */
  readonly said: string;
  readonly checks: number;
  readonly picture?: Uint8Array;
  /** For the picture's file: `03-click`. */
  readonly label: string;
}

/** How one visit in one window ended. */
export interface VisitReport {
  readonly viewport: NamedViewport;
  readonly outcome: "passed" | "failed" | "error";
  readonly steps: readonly StepReport[];
  readonly failure?: Failure;
  /** Everything that was noticed, masked; those that do not count too. */
  readonly noticed: readonly (Noticed & { readonly counts: boolean })[];
  readonly accessFindings: number;
  readonly durationMs: number;
}

/** What the steps of one visit share. */
export interface Visiting {
  readonly work: Work<BrowserSpec>;
  readonly page: Page;
  readonly base: string;
  readonly mask: Mask;
  /** Remembered and captured names. */
  readonly names: Map<string, string>;
  /** The last number that was seen in each element. */
  readonly seen: Map<string, number>;
  readonly found: { accessFindings: number };
  /** Keeps a download as an artifact. */
  keep(name: string, file: string): Promise<void>;
}
