import { SaxesParser, type SaxesTagPlain } from "saxes";
import {
  messageOf,
  MOST_CASES,
  nameOf,
  NotAReport,
  type Report,
  type TestCase,
  tagsIn,
} from "./report.ts";

const DEEPEST = 100;
const LONGEST_TEXT = 4_000;

/** A suite that is open, with what it says of itself. */
interface Suite {
  readonly name: string;
  readonly claims: Readonly<Record<string, number>>;
  hasSuites: boolean;
  cases: number;
  bad: number;
}

interface OpenCase {
  readonly name: string;
  readonly durationMs?: number;
  readonly tags: string[];
  isSkipped: boolean;
  isBad: boolean;
  hasFailedBefore: boolean;
  message: string;
}

interface Reading {
  readonly suites: Suite[];
  readonly cases: TestCase[];
  readonly problems: string[];
  depth: number;
  hasRoot: boolean;
  open: OpenCase | undefined;
  /** Whether the text at hand is a failure's. */
  isListening: boolean;
}

/** Reads JUnit XML as its many writers write it (surefire, pytest, vitest, Playwright, node). No document types, no entities of its own. */
export function readJunit(text: string): Report {
  const reading: Reading = {
    suites: [],
    cases: [],
    problems: [],
    depth: 0,
    hasRoot: false,
    open: undefined,
    isListening: false,
  };
  const parser = new SaxesParser();
  parser.on("error", (error) => {
    throw new NotAReport(`it is not XML, or cut off: ${error.message}`);
  });
  parser.on("doctype", () => {
    throw new NotAReport("it has a document type, which no report needs");
  });
  parser.on("opentag", (tag) => begin(reading, tag));
  parser.on("closetag", ({ name }) => end(reading, name));
  const listen = (words: string) => hear(reading, words);
  parser.on("text", listen);
  parser.on("cdata", listen);
  parser.write(text).close();
  const { cases, problems } = reading;
  return { format: "junit", cases, problems };
}

function begin(reading: Reading, { name, attributes }: SaxesTagPlain): void {
  if (++reading.depth > DEEPEST) throw new NotAReport("its elements are nested too deeply");
  if (reading.depth === 1 && name !== "testsuites" && name !== "testsuite")
    throw new NotAReport(`its root is <${name}>, not <testsuites>`);
  const { open } = reading;
  switch (name) {
    case "testsuites":
    case "testsuite":
      return openSuite(reading, attributes);
    case "testcase":
      return openCase(reading, attributes);
    case "failure":
    case "error":
      return bad(reading, attributes);
    case "skipped":
    case "disabled":
      if (open) open.isSkipped = true;
      return;
    case "flakyFailure":
    case "flakyError":
      if (open) open.hasFailedBefore = true;
      return;
    case "property":
      if (open && /^(?:tags?|mark|category|group)$/i.test(attributes["name"] ?? ""))
        open.tags.push(...(attributes["value"] ?? "").split(/[\s,]+/));
  }
}

function openSuite({ suites }: Reading, attributes: Readonly<Record<string, string>>): void {
  const around = suites.at(-1);
  if (around) around.hasSuites = true;
  const claims: Record<string, number> = {};
  for (const key of ["tests", "failures", "errors"]) claims[key] = Number(attributes[key] ?? 0);
  suites.push({ name: attributes["name"] ?? "", claims, hasSuites: false, cases: 0, bad: 0 });
}

function openCase(reading: Reading, attributes: Readonly<Record<string, string>>): void {
  if (reading.cases.length >= MOST_CASES) throw new NotAReport(`more than ${MOST_CASES} tests`);
  if (reading.open) throw new NotAReport("a test within a test");
  const { name: own = "", classname = "", time } = attributes;
  const [suite] = reading.suites.slice(-1);
  const around = classname === "" ? suite?.name : classname;
  const seconds = Number(time);
  reading.open = {
    name: nameOf(around, own),
    ...(time !== undefined && seconds >= 0 && { durationMs: Math.round(seconds * 1000) }),
    tags: [],
    isSkipped: false,
    isBad: false,
    hasFailedBefore: false,
    message: "",
  };
}

function bad(reading: Reading, { message = "" }: Readonly<Record<string, string>>): void {
  for (const suite of reading.suites) suite.bad++;
  reading.isListening = true;
  if (reading.open) {
    reading.open.isBad = true;
    reading.open.message ||= message;
    return;
  }
  // Outside of any test: the suite itself could not be run.
  const name = nameOf(reading.suites.at(-1)?.name, "(the suite itself)");
  reading.cases.push({ name, status: "failed", tags: [], ...messageOf(message) });
}

function hear({ open, isListening }: Reading, words: string): void {
  if (!open || !isListening || open.message.length > LONGEST_TEXT) return;
  const text = words.trim();
  if (text !== "") open.message = open.message === "" ? text : `${open.message}\n${text}`;
}

function end(reading: Reading, name: string): void {
  reading.depth--;
  if (name === "failure" || name === "error") reading.isListening = false;
  if (name === "testcase") closeCase(reading);
  if (name === "testsuite" || name === "testsuites") closeSuite(reading);
}

function closeCase(reading: Reading): void {
  const { open } = reading;
  if (open === undefined) return;
  reading.open = undefined;
  for (const suite of reading.suites) suite.cases++;
  const { name, durationMs, isSkipped, isBad, hasFailedBefore, message, tags } = open;
  // node's test runner writes both for a test that is known not to work yet.
  const failed = isBad && !isSkipped;
  reading.cases.push({
    name,
    status: failed ? "failed" : isSkipped ? "skipped" : hasFailedBefore ? "flaky" : "passed",
    tags: [...tags, ...tagsIn(name)],
    ...(durationMs !== undefined && { durationMs }),
    ...(failed && messageOf(message)),
  });
}

function closeSuite(reading: Reading): void {
  const suite = reading.suites.pop();
  if (suite === undefined) return;
  const { name, claims, cases, bad: found, hasSuites } = suite;
  const { tests = 0, failures = 0, errors = 0 } = claims;
  const where = name === "" ? "it" : `its suite ${name}`;
  // pytest counts a test whose clean-up fails twice. Node counts inner suites as tests.
  const isRoot = reading.suites.length === 0;
  if (tests > cases + found && (isRoot || !hasSuites))
    reading.problems.push(`${where} says ${tests} tests and holds ${cases}`);
  if (failures + errors > 0 && found === 0)
    reading.problems.push(`${where} says ${failures + errors} failures and holds none`);
}
