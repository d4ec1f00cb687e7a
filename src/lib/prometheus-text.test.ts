import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseMetrics } from "./prometheus-text.ts";
import type { MetricsFormat } from "./prometheus-text.ts";

const parse = (text: string, format: MetricsFormat = "prometheus", most?: number) =>
  parseMetrics(new TextEncoder().encode(text), format, most);

/** `key=value` of each series, or `line:column what`. */
function said(text: string, format?: MetricsFormat, most?: number): string {
  const parsed = parse(text, format, most);
  if (!parsed.ok) return `${parsed.line}:${parsed.column} ${parsed.what}`;
  return parsed.page.series.map(({ key, value }) => `${key}=${value}`).join(" ");
}

const PAGE = `# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400"}    3 1395066363000

# Escaping in label values:
msdos_file_access_time_seconds{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find file:\\n\\"FILE.TXT\\""} 1.458255915e9

metric_without_timestamp_and_labels 12.47
something_weird{problem="division by zero"} +Inf -3982045

# HELP http_request_duration_seconds A histogram of the request duration.
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.05"} 24054
http_request_duration_seconds_bucket{le="0.1"} 33444
http_request_duration_seconds_bucket{le="+Inf"} 144320
http_request_duration_seconds_sum 53423
http_request_duration_seconds_count 144320

# TYPE rpc_duration_seconds summary
rpc_duration_seconds{quantile="0.01"} 3102
rpc_duration_seconds{quantile="0.5"} NaN
rpc_duration_seconds_sum 1.7560473e+07
rpc_duration_seconds_count 2693
`;

test("reads the page of the format's own description", () => {
  const parsed = parse(PAGE);
  if (!parsed.ok) throw new Error(parsed.what);
  const { series, families } = parsed.page;
  expect(series.map(({ key, value }) => [key, value])).toContainEqual([
    'http_requests_total{code="400",method="post"}',
    3,
  ]);
  expect(series[2]?.labels.get("path")).toBe("C:\\DIR\\FILE.TXT");
  expect(series[2]?.labels.get("error")).toBe('Cannot find file:\n"FILE.TXT"');
  expect(series[4]?.value).toBe(Infinity);
  expect([...families.values()].map(({ name, type }) => `${name} ${type}`)).toEqual([
    "http_requests_total counter",
    "msdos_file_access_time_seconds untyped",
    "metric_without_timestamp_and_labels untyped",
    "something_weird untyped",
    "http_request_duration_seconds histogram",
    "rpc_duration_seconds summary",
  ]);
});

test("knows a family that has no series yet", () => {
  const parsed = parse("# TYPE downloads_total counter\n");
  expect(parsed.ok && parsed.page.families.get("downloads_total")?.type).toBe("counter");
});

test.each([
  [
    "an HTML page",
    "<!doctype html><title>Sign in</title>\n",
    /^1:1 expected the name of a metric, found "<!doctype/,
  ],
  ["JSON", '{"status":"ok"}\n', /^1:1 expected the name/],
  ["a sentence", "OK everything is fine\n", /^1:4 expected a value, found "everything/],
  ["a word for a value", "foo abc\n", '1:5 expected a value, found "abc"'],
  ["a name alone", "foo\n", "1:4 expected a blank and a value, found the end of the line"],
  ["a name that begins with a digit", "2xx_total 1\n", /^1:1/],
  ["a name with a dash", "foo-bar 1\n", '1:4 expected a blank and a value, found "-bar 1"'],
  [
    "a missing line feed at the end",
    "foo 1\nbar 2",
    "2:6 the last line does not end with a line feed",
  ],
  ["a carriage return", "foo 1\r\n", /^1:5 expected a value, found "1\\r"/],
  ["a byte order mark", "\u{FEFF}foo 1\n", /^1:1/],
  ["hexadecimal", "foo 0x10\n", /^1:5/],
  ["a number with underscores", "foo 1_000\n", /^1:5/],
  ["a comma in a number", "foo 1,5\n", /^1:5/],
  ["a number beyond all numbers", "foo 1e999\n", "1:5 1e999 is too large"],
  ["a time that is none", "foo 1 1.5\n", /^1:7 expected a time in milliseconds/],
  ["a third number", "foo 1 2 3\n", /^1:9 expected the end of the line/],
  ["an exemplar where there are none", 'foo 1 # {a="b"} 1\n', /^1:7/],
  ["a label without quotes", "foo{a=b} 1\n", /^1:7 expected a value in "quotes"/],
  ["a label without a value", "foo{a} 1\n", /^1:6 expected =/],
  ["a label with a wrong name", 'foo{a-b="c"} 1\n', /^1:6 expected =/],
  ["a label with a colon", 'foo{a:b="c"} 1\n', /^1:6 expected =/],
  ["two labels without a comma", 'foo{a="b" c="d"} 1\n', /^1:11 expected , or }/],
  ["the same label twice", 'foo{a="b",a="c"} 1\n', "1:11 the label a is given twice"],
  ["an unknown escape", 'foo{a="\\t"} 1\n', /^1:8 expected one of the escapes/],
  ["quotes that never close", 'foo{a="b 1\n', /^1:11 expected the closing "/],
  ["braces that never close", 'foo{a="b"\n', /^1:10 expected , or }/],
  ["a name in quotes", '{"foo.bar"} 1\n', /^1:1 expected the name of a metric/],
  [
    "the same series twice",
    'foo{a="1",b="2"} 1\nfoo{b="2",a="1"} 1\n',
    '2:1 foo{a="1",b="2"} was given before, in line 1',
  ],
  [
    "a type after samples",
    "foo 1\n# TYPE foo counter\n",
    "2:1 the TYPE line of foo comes after its first sample",
  ],
  ["two types", "# TYPE foo counter\n# TYPE foo gauge\n", "2:1 foo has a second TYPE line"],
  ["two helps", "# HELP foo a\n# HELP foo b\n", "2:1 foo has a second HELP line"],
  [
    "an unknown type",
    "# TYPE foo conter\n",
    /^1:12 "conter" is not a type; one of: counter, gauge/,
  ],
  ["a type without a word", "# TYPE foo\n", /^1:11 "" is not a type/],
  ["a type of nothing", "# TYPE\n", /^1:7 a metric's name is missing/],
  ["a help text with a wrong escape", "# HELP foo a\\tb\n", /^1:13/],
  [
    "lines that do not stand together",
    'a{x="1"} 1\nb 1\na{x="2"} 1\n',
    "3:1 the lines of a do not stand together: they began in line 1",
  ],
  [
    "a histogram with a value of its own",
    "# TYPE h histogram\nh 3\n",
    "2:1 h is a histogram: its series are h_bucket, h_sum, h_count",
  ],
  [
    "a histogram without its last bucket",
    '# TYPE h histogram\nh_bucket{le="1"} 1\nh_sum 1\nh_count 1\n',
    /^2:1 .*no bucket with le="\+Inf"/,
  ],
  ["a histogram without buckets", "# TYPE h histogram\nh_sum 1\nh_count 1\n", /^2:1 .*no bucket/],
  [
    "a bucket without an edge",
    "# TYPE h histogram\nh_bucket 1\n",
    /^2:1 h_bucket: it needs the label le/,
  ],
  [
    "buckets that go down",
    '# TYPE h histogram\nh_bucket{le="1"} 5\nh_bucket{le="+Inf"} 4\nh_count 4\n',
    /^3:1 .*holds fewer/,
  ],
  [
    "buckets out of order",
    '# TYPE h histogram\nh_bucket{le="+Inf"} 5\nh_bucket{le="1"} 5\n',
    /^3:1 .*must go up/,
  ],
  [
    "a count that is not the last bucket's",
    '# TYPE h histogram\nh_bucket{le="+Inf"} 5\nh_count 4\n',
    /^3:1 h_count: the count is 4, and the bucket \+Inf holds 5/,
  ],
  ["a quantile above 1", '# TYPE s summary\ns{quantile="2"} 5\n', /^2:1 .*between 0 and 1/],
  ["a summary without quantile", "# TYPE s summary\ns 5\n", /^2:1 .*needs the label quantile/],
  [
    "a gauge under a histogram's name",
    '# TYPE h histogram\nh_bucket{le="+Inf"} 5\nh_count 5\n# TYPE h_count gauge\n',
    /^4:1 h_count belongs to the histogram h above/,
  ],
  [
    "a histogram over a gauge's name",
    "h_count 1\n# TYPE h histogram\n",
    /^2:1 h_count belongs to the untyped h_count above/,
  ],
])("refuses %s", (_, text, trouble) => {
  if (typeof trouble === "string") expect(said(text)).toBe(trouble);
  else expect(said(text)).toMatch(trouble);
});

test.each([
  ["no labels in braces", "foo{} 1\n", "foo=1"],
  ["a comma behind the last label", 'foo{a="b",} 1\n', 'foo{a="b"}=1'],
  ["blanks everywhere", ' \tfoo { a = "b" , } \t 1 \t 5 \n', 'foo{a="b"}=1'],
  ["a label named as a part of every object", 'foo{__proto__="x"} 1\n', 'foo{__proto__="x"}=1'],
  [
    "a family named as a part of every object",
    "constructor 1\ntoString 2\n",
    "constructor=1 toString=2",
  ],
  [
    "infinities and not-a-number as Go writes them",
    "a inf\nb -Inf\nc NaN\nd +Infinity\n",
    "a=Infinity b=-Infinity c=NaN d=Infinity",
  ],
  ["points and powers", "a .5\nb 5.\nc -1E-3\n", "a=0.5 b=5 c=-0.001"],
  ["comments", "#\n# \n#TYPEWRITER\n# anything at all\n\n", ""],
  [
    "help before and after the type",
    "# HELP a x\n# TYPE a gauge\na 1\n# TYPE b gauge\n# HELP b x\nb 1\n",
    "a=1 b=1",
  ],
  ["help alone", "# HELP a x\na 1\n", "a=1"],
  ["nothing", "", ""],
])("accepts %s", (_, text, series) => {
  expect(said(text)).toBe(series);
});

test("stops at the most series", () => {
  expect(said("a 1\nb 2\nc 3\n", "prometheus", 2)).toBe("3:1 there are more than 2 series");
});

test("refuses bytes that are no text", () => {
  expect(parseMetrics(Uint8Array.of(0x61, 0xff, 0x0a), "prometheus")).toMatchObject({
    ok: false,
    what: "this is not UTF-8 text",
  });
});

const OPEN = `# TYPE foo_seconds counter
# UNIT foo_seconds seconds
# HELP foo_seconds Says "x" \\\\ \\n
foo_seconds_total{a="b"} 17.0 1520879607.789 # {trace="KOO"} 0.67 1520879607.7
foo_seconds_created{a="b"} 1520430000.123
# TYPE build info
build_info{version="1"} 1
# TYPE state stateset
state{state="on"} 1
state{state="off"} 0
# EOF
`.replace('Says "x"', "Says x");

describe("OpenMetrics", () => {
  test("reads exemplars, times, units, infos and states", () => {
    expect(said(OPEN, "openmetrics")).toBe(
      'foo_seconds_total{a="b"}=17 foo_seconds_created{a="b"}=1520430000.123 build_info{version="1"}=1 state{state="on"}=1 state{state="off"}=0',
    );
    expect(said(OPEN.trimEnd(), "openmetrics")).toContain("foo_seconds_total");
  });

  test.each([
    ["a page that was cut off", OPEN.replace("# EOF\n", ""), /does not end with # EOF/],
    ["an empty page", "", /does not end with # EOF/],
    ["something behind the end", `${OPEN}a 1\n`, /^12:1 something comes after # EOF/],
    ["an empty line", "\n# EOF\n", /^1:1/],
    ["a comment", "# hello\n# EOF\n", /^1:1 a line with #/],
    ["two blanks", "a  1\n# EOF\n", /^1:3/],
    [
      "a counter without _total",
      "# TYPE a counter\na 1\n# EOF\n",
      /^2:1 a is a counter: its series are a_total, a_created/,
    ],
    ["a counter below zero", "# TYPE a counter\na_total -1\n# EOF\n", /^2:1 .*can't be -1/],
    [
      "a counter that is no number",
      "# TYPE a counter\na_total NaN\n# EOF\n",
      /^2:1 .*can't be NaN/,
    ],
    ["a unit that the name lacks", "# TYPE a gauge\n# UNIT a seconds\n# EOF\n", /^2:10/],
    [
      "an exemplar of a gauge",
      "# TYPE a gauge\na 1 # {} 1\n# EOF\n",
      /^2:5 a can't have an exemplar/,
    ],
    ["an info that is 2", "# TYPE a info\na_info 2\n# EOF\n", /^2:1/],
    ["a state that is 2", '# TYPE a stateset\na{a="x"} 2\n# EOF\n', /^2:1/],
    ["untyped", "# TYPE a untyped\n# EOF\n", /^1:10/],
  ])("refuses %s", (_, text, trouble) => {
    expect(said(text, "openmetrics")).toMatch(trouble);
  });
});

describe("never throws, never hangs", () => {
  const piece = fc.constantFrom(
    "# TYPE ",
    "# HELP ",
    "# EOF\n",
    "foo",
    "foo_bucket",
    "_total",
    "{",
    "}",
    'le="',
    '"',
    "=",
    ",",
    " ",
    "\t",
    "\n",
    "1",
    "+Inf",
    "NaN",
    "counter",
    "histogram",
    "\\",
    "é",
    "\u0000",
    "# {",
    "-",
    "__proto__",
  );
  const texts = fc.array(fc.oneof(piece, fc.string({ maxLength: 4 })), { maxLength: 60 });

  test.each(["prometheus", "openmetrics"] as const)("%s", (format) => {
    fc.assert(
      fc.property(texts, (pieces) => {
        const parsed = parse(pieces.join(""), format);
        if (!parsed.ok) expect(parsed.line * parsed.column).toBeGreaterThan(0);
      }),
      { numRuns: 3_000, seed: 7 },
    );
  });

  test("what it takes for one series it reads back as the same", () => {
    const name = fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,9}$/);
    const label = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,9}$/);
    fc.assert(
      fc.property(name, label, fc.string(), fc.double(), (metric, key, value, number) => {
        const escaped = value
          .replaceAll("\\", "\\\\")
          .replaceAll('"', '\\"')
          .replaceAll("\n", "\\n");
        const text = `${metric}{${key}="${escaped}"} ${String(number)}\n`;
        const parsed = parse(text);
        const series = parsed.ok ? parsed.page.series[0] : undefined;
        expect([series?.name, series?.labels.get(key), series?.value]).toEqual([
          metric,
          Buffer.from(value).toString(),
          number === 0 ? expect.closeTo(0) : number,
        ]);
      }),
      { numRuns: 500, seed: 7 },
    );
  });

  test("a line of a million braces is refused at once", () => {
    expect(said(`a${"{".repeat(1_000_000)}\n`)).toMatch(/^1:3/);
    expect(said(`a{x="${"\\\\".repeat(500_000)}\n`)).toMatch(/closing/);
    expect(said(`# HELP a ${"\\\\".repeat(500_000)}\\\n`)).toMatch(/escape/);
  });
});
