/** Which of the two text formats: Prometheus 0.0.4, or OpenMetrics 1.0. */
export type MetricsFormat = "prometheus" | "openmetrics";

export interface Series {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
  /** Name and labels in one form, whatever the order they came in: `up{job="a"}`. */
  readonly key: string;
  /** Name of the family that it belongs to. */
  readonly family: string;
  readonly line: number;
}

export interface Family {
  readonly name: string;
  /** As the page says it; `untyped` (`unknown` in OpenMetrics) where it says nothing. */
  readonly type: string;
  readonly series: readonly Series[];
}

export interface MetricsPage {
  readonly families: ReadonlyMap<string, Family>;
  readonly series: readonly Series[];
}
