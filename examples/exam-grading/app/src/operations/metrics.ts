/** Counts what this process did since it started. */
export interface Metrics {
  observe(request: {
    readonly method: string;
    readonly route: string;
    readonly status: number;
    readonly seconds: number;
  }): void;
  /** Prometheus text; the gauges are measured by the caller. */
  render(gauges: readonly Gauge[]): string;
}

export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly values: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
  }[];
}

const BOUNDS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 10] as const;

/** Starts counting at zero. */
export function createMetrics(): Metrics {
  const requests = new Map<string, number>();
  const buckets = [...BOUNDS, Infinity].map(() => 0);
  let seconds = 0;
  return {
    observe: ({ method, route, status, seconds: took }) => {
      const key = labels({ method, route, status: String(status) });
      requests.set(key, (requests.get(key) ?? 0) + 1);
      const bound = BOUNDS.findIndex((most) => took <= most);
      const index = bound === -1 ? BOUNDS.length : bound;
      buckets[index] = (buckets[index] ?? 0) + 1;
      seconds += took;
    },
    render: (gauges) =>
      [...counterLines(requests), ...durationLines(buckets, seconds), ...gauges.flatMap(gaugeLines)]
        .join("\n")
        .concat("\n"),
  };
}

function counterLines(requests: ReadonlyMap<string, number>): readonly string[] {
  return [
    ...head("http_requests_total", "counter", "Requests answered."),
    ...[...requests].map(([key, count]) => `http_requests_total${key} ${count}`),
  ];
}

function durationLines(buckets: readonly number[], seconds: number): readonly string[] {
  let sum = 0;
  const lines = [...BOUNDS.map(String), "+Inf"].map((le, index) => {
    sum += buckets[index] ?? 0;
    return `http_request_duration_seconds_bucket${labels({ le })} ${sum}`;
  });
  return [
    ...head("http_request_duration_seconds", "histogram", "Time to answer a request."),
    ...lines,
    `http_request_duration_seconds_sum ${seconds}`,
    `http_request_duration_seconds_count ${sum}`,
  ];
}

function gaugeLines({ name, help, values }: Gauge): readonly string[] {
  return [
    ...head(name, "gauge", help),
    ...values.map((each) => `${name}${labels(each.labels)} ${each.value}`),
  ];
}

function head(name: string, type: string, help: string): readonly string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function labels(pairs: Readonly<Record<string, string>>): string {
  const inner = Object.entries(pairs).map(([name, value]) => `${name}="${escape(value)}"`);
  return inner.length > 0 ? `{${inner.join(",")}}` : "";
}

function escape(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
