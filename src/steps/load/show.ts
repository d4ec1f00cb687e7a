import { showSize } from "../../lib/size.ts";
import type { Unit } from "./metric.ts";

/** For people: `0.21 ms`, `212 ms`, `3.1 s`. */
export function showMs(ms: number): string {
  if (ms >= 10_000) return `${Math.round(ms / 100) / 10} s`;
  if (ms >= 1_000) return `${Math.round(ms / 10) / 100} s`;
  return `${ms >= 100 ? Math.round(ms) : Number(ms.toPrecision(3))} ms`;
}

/** A measured value in the unit that its threshold has. */
export function showAmount(value: number, unit: Unit): string {
  switch (unit) {
    case "ms":
      return showMs(value);
    case "bytes":
      return showBytes(value);
    case "bytes/s":
      return `${showBytes(value)}/s`;
    case "1/s":
      return `${showNumber(value)}/s`;
    case "percent":
      return `${showNumber(value)} %`;
    case "count":
      return String(value);
  }
}

/** Memory may also have shrunk. */
function showBytes(bytes: number): string {
  return bytes < 0 ? `-${showSize(-bytes)}` : showSize(bytes);
}

export function showNumber(value: number): string {
  return String(Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
}
