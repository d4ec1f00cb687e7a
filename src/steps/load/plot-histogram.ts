import { html, type Html } from "../../lib/html.ts";
import { type Bar, barsOf } from "./histogram.ts";
import { type Measured, percentilesOf } from "./measured.ts";
import { HEIGHT, LEFT, WIDTH } from "./plot.ts";
import { showMs } from "./show.ts";

const BASE = HEIGHT - 24;
const LABELS = 6;

/** Response times on a logarithmic scale, with the percentiles marked. */
export function drawHistogram(measured: Measured): Html {
  const bars = barsOf(measured.result.response, 80);
  if (bars.length === 0) return html`<p>There was none.</p>`;
  const scale = scaleOf(bars);
  const highest = Math.max(...bars.map(({ count }) => count));
  return html`<svg
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    role="img"
    aria-label="Histogram of response times"
  >
    <line class="axis" x1="${LEFT}" x2="${WIDTH}" y1="${BASE}" y2="${BASE}" />
    <text x="${LEFT - 6}" y="32" text-anchor="end">${highest}</text>
    ${bars.map((bar) => drawBar(bar, scale, highest))} ${marks(measured, scale)} ${names(scale)}
  </svg>`;
}

interface Scale {
  readonly x: (ms: number) => number;
  /** The time at this share of the way. */
  readonly at: (share: number) => number;
}

function scaleOf(bars: readonly Bar[]): Scale {
  const low = Math.log(Math.max(0.001, bars[0]?.fromMs ?? 0));
  const span = Math.max(1e-9, Math.log(bars.at(-1)?.toMs ?? 1) - low);
  return {
    x: (ms) => LEFT + ((Math.log(Math.max(ms, 0.001)) - low) / span) * (WIDTH - LEFT),
    at: (share) => Math.exp(low + span * share),
  };
}

function drawBar({ fromMs, toMs, count }: Bar, { x }: Scale, highest: number): Html {
  const height = (count / highest) * (BASE - 28);
  const left = x(fromMs);
  const width = Math.max(0.5, x(toMs) - left - 0.6);
  return html`<rect
    class="bar"
    x="${left.toFixed(1)}"
    y="${(BASE - height).toFixed(1)}"
    width="${width.toFixed(1)}"
    height="${height.toFixed(1)}"
    ><title>${showMs(fromMs)} to ${showMs(toMs)}: ${count}</title></rect
  >`;
}

function marks(measured: Measured, { x }: Scale): readonly Html[] {
  return percentilesOf(measured).map(({ name, value }, index) => {
    const at = x(value).toFixed(1);
    const top = index % 2 === 0 ? 10 : 22;
    return html`<line class="mark" x1="${at}" x2="${at}" y1="${top + 3}" y2="${BASE}" /><text
        x="${at}"
        y="${top}"
        text-anchor="middle"
        >${name.replace("Ms", "")}</text
      >`;
  });
}

function names({ x, at }: Scale): readonly Html[] {
  return Array.from({ length: LABELS }, (_, index) => {
    const ms = at(index / (LABELS - 1));
    const anchor = index === 0 ? "start" : index === LABELS - 1 ? "end" : "middle";
    return html`<text x="${x(ms).toFixed(1)}" y="${HEIGHT - 8}" text-anchor="${anchor}"
      >${showMs(ms)}</text
    >`;
  });
}
