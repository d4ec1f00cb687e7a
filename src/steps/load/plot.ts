import { html, type Html } from "../../lib/html.ts";
import { showMs } from "./show.ts";

export const WIDTH = 900;
export const HEIGHT = 190;
/** Room for the numbers of the upright axis. */
export const LEFT = 70;

/** Points: time in ms, value. */
export type Line = readonly (readonly [number, number])[];

const CLASSES = ["a", "b"] as const;

/** Up to two lines over time, from 0 upwards. */
export function drawLines(
  lines: readonly [Line, Line?],
  { until, show, label }: { until: number; show: (value: number) => string; label: string },
): Html {
  const base = HEIGHT - 24;
  const all = lines.flatMap((line) => line ?? []);
  const highest = Math.max(1e-9, ...all.map(([, value]) => value));
  const x = (ms: number) => LEFT + (Math.max(0, ms) / Math.max(1, until)) * (WIDTH - LEFT);
  const y = (value: number) => base - (value / highest) * (base - 12);
  const drawn = lines.map((line = [], index) => {
    const points = line.map(([ms, value]) => `${x(ms).toFixed(1)},${y(value).toFixed(1)}`);
    return html`<polyline class="${CLASSES[index]}" points="${points.join(" ")}" />`;
  });
  const sides = [0, 0.5, 1].map(
    (share) =>
      html`<line
          class="axis"
          x1="${LEFT}"
          x2="${WIDTH}"
          y1="${y(share * highest).toFixed(1)}"
          y2="${y(share * highest).toFixed(1)}"
        /><text x="${LEFT - 6}" y="${(y(share * highest) + 4).toFixed(1)}" text-anchor="end"
          >${show(share * highest)}</text
        >`,
  );
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">
    ${sides} ${drawn}
    <text x="${LEFT}" y="${HEIGHT - 8}">0 s</text>
    <text x="${WIDTH}" y="${HEIGHT - 8}" text-anchor="end">${showMs(until)}</text>
  </svg>`;
}
