import type { BrowserSpec, ViewportName } from "./spec.ts";
import type { NamedViewport } from "./visiting.ts";

const KNOWN = {
  desktop: { width: 1280, height: 800, touch: false },
  tablet: { width: 820, height: 1180, touch: true },
  phone: { width: 390, height: 844, touch: true },
} as const;

/** The windows in which the visit is made. */
export function viewportsOf({
  viewport,
  viewports,
}: Pick<BrowserSpec, "viewport" | "viewports">): readonly NamedViewport[] {
  return (viewports ?? [viewport ?? "desktop"]).map(named);
}

function named(given: ViewportName): NamedViewport {
  if (typeof given === "string") return { name: given, ...KNOWN[given] };
  return { name: `${given.width}x${given.height}`, ...given };
}
