/** How bad a log line says it is; the first is the worst. */
export const LEVELS = ["fatal", "error", "warn", "info", "debug", "trace"] as const;
export type Level = (typeof LEVELS)[number];

const NAMES: Readonly<Record<string, Level>> = {
  emerg: "fatal",
  emergency: "fatal",
  alert: "fatal",
  panic: "fatal",
  crit: "fatal",
  critical: "fatal",
  fatal: "fatal",
  severe: "error",
  err: "error",
  error: "error",
  warn: "warn",
  warning: "warn",
  notice: "info",
  info: "info",
  information: "info",
  informational: "info",
  debug: "debug",
  verbose: "debug",
  fine: "debug",
  trace: "trace",
};

/** Of syslog, 0 to 7. */
const SEVERITIES: readonly Level[] = [
  "fatal",
  "fatal",
  "fatal",
  "error",
  "warn",
  "info",
  "info",
  "debug",
];

/** A level stands at the beginning of a line; further on it is part of the message. */
const HEAD = 160;
const UPPER = Object.keys(NAMES)
  .map((name) => name.toUpperCase())
  .toSorted((a, b) => b.length - a.length)
  .join("|");
const LOWER = UPPER.toLowerCase();
const PLAIN = new RegExp(
  [
    // syslog: <11>
    String.raw`^<(\d{1,3})>`,
    // error: …, Error: …
    String.raw`^((?:${LOWER}|Error|Fatal|Warning|Panic)):`,
    // 2026-11-21 05:00:00,123 [main] ERROR …, ERROR: …, |ERROR|
    String.raw`(?:^|[\s[(|"-])(${UPPER})(?=[\s\])|:,"-]|$)`,
    // nginx: [error]
    String.raw`\[(${LOWER})\]`,
    // logfmt: level=error
    String.raw`(?:^|\s)(?:level|lvl|severity|loglevel)="?([A-Za-z]+)`,
    // klog: E1121 05:00:00.000000
    String.raw`^([IWEF])\d{4} \d\d:`,
  ].join("|"),
);
const KLOG: Readonly<Record<string, Level>> = { I: "info", W: "warn", E: "error", F: "fatal" };
const FIELD =
  /"(?:level|severity|lvl|levelname|loglevel|log\.level)"\s*:\s*(?:"([A-Za-z]+)"|(\d{1,3})(?=\s*[,}]))/g;

/** What a line says about itself; undefined when nothing: it belongs to the entry above. */
export function levelOf(line: string): Level | undefined {
  if (line.startsWith("{")) return levelOfJson(line);
  const found = PLAIN.exec(line.length > HEAD ? line.slice(0, HEAD) : line);
  if (found === null) return undefined;
  const [, priority, first, upper, lower, value, klog] = found;
  if (priority !== undefined) return SEVERITIES[Number(priority) & 7];
  if (klog !== undefined) return KLOG[klog];
  return named(first ?? upper ?? lower ?? value ?? "");
}

function named(word: string): Level | undefined {
  const name = word.toLowerCase();
  return Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
}

function levelOfJson(line: string): Level | undefined {
  const found = [...line.matchAll(FIELD)];
  const [only] = found;
  if (only === undefined) return undefined;
  // The same name further inside is somebody else's level.
  if (found.length > 1 || line.indexOf("{", 1) > 0) return levelOfObject(line);
  return only[1] === undefined ? numbered(Number(only[2])) : named(only[1]);
}

function levelOfObject(line: string): Level | undefined {
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof entry !== "object" || entry === null) return undefined;
  const value = Object.entries(entry).find(([key]) => FIELDS.has(key))?.[1] as unknown;
  if (typeof value === "number") return numbered(value);
  return typeof value === "string" ? named(value) : undefined;
}

const FIELDS = new Set(["level", "severity", "lvl", "levelname", "loglevel", "log.level"]);

/** pino and bunyan count upwards from 10, syslog downwards from 7. */
function numbered(value: number): Level | undefined {
  if (value < 10) return SEVERITIES[value];
  if (value >= 60) return "fatal";
  if (value >= 50) return "error";
  if (value >= 40) return "warn";
  if (value >= 30) return "info";
  return value >= 20 ? "debug" : "trace";
}
