/** Counts what happens, to be shown as Prometheus text. */
export interface Metrics {
  request(status: number, seconds: number): void;
  download(status: string, bytes: number): void;
  operation(name: string): void;
  show(): string;
}

/** Upper bounds in seconds. */
const BOUNDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5];

/** Makes counters that begin at nothing. */
export function createMetrics(): Metrics {
  const downloads = new Map<string, number>([["success", 0]]);
  const operations = new Map<string, number>([["upload", 0]]);
  const requests = new Map<string, number>();
  const took = createHistogram();
  let bytes = 0;
  return {
    request(status, seconds) {
      add(requests, String(status));
      took.add(seconds);
    },
    download(status, count) {
      add(downloads, status === "cut off" ? "cut_off" : "started");
      bytes += count;
    },
    operation: (name) => add(operations, name),
    show: () =>
      [
        ...gauge("erp_hub_up", "1 while the application serves.", 1),
        ...counter("file_downloads_total", "Downloads, by how they ended.", {
          label: "status",
          values: downloads,
        }),
        ...family("file_download_bytes_total", "counter", "Bytes of files that went out."),
        `file_download_bytes_total ${bytes}`,
        ...counter("admin_operations_total", "What admins did.", {
          label: "operation",
          values: operations,
        }),
        ...counter("http_requests_total", "Requests, by status.", {
          label: "code",
          values: requests,
        }),
        ...took.show("http_request_duration_seconds"),
        ...processLines(),
        "",
      ].join("\n"),
  };
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function family(name: string, type: string, help: string): readonly string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function gauge(name: string, help: string, value: number): readonly string[] {
  return [...family(name, "gauge", help), `${name} ${value}`];
}

function counter(
  name: string,
  help: string,
  { label, values }: { readonly label: string; readonly values: ReadonlyMap<string, number> },
): readonly string[] {
  const lines = [...values].map(([key, value]) => `${name}{${label}="${key}"} ${value}`);
  return [...family(name, "counter", help), ...lines];
}

function createHistogram() {
  const buckets = BOUNDS.map(() => 0);
  let [sum, count] = [0, 0];
  return {
    add(value: number): void {
      sum += value;
      count += 1;
      for (const [index, bound] of BOUNDS.entries())
        if (value <= bound) buckets[index] = (buckets[index] ?? 0) + 1;
    },
    show: (name: string): readonly string[] => [
      ...family(name, "histogram", "How long answers took."),
      ...BOUNDS.map((bound, index) => `${name}_bucket{le="${bound}"} ${buckets[index]}`),
      `${name}_bucket{le="+Inf"} ${count}`,
      `${name}_sum ${sum}`,
      `${name}_count ${count}`,
    ],
  };
}

function processLines(): readonly string[] {
  const { user, system } = process.cpuUsage();
  return [
    ...gauge("process_resident_memory_bytes", "Memory in use.", process.memoryUsage.rss()),
    ...family("process_cpu_seconds_total", "counter", "Processor time spent."),
    `process_cpu_seconds_total ${(user + system) / 1_000_000}`,
  ];
}
