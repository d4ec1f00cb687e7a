import {
  messageOf,
  MOST_CASES,
  nameOf,
  NotAReport,
  type Report,
  tagsIn,
  type TestCase,
} from "./report.ts";

/** One level of subtests. */
interface Level {
  cases: TestCase[];
  /** Results at this level itself. */
  results: number;
  plan?: number;
}

interface Reading {
  /** By depth; the tests of a level are named once the result of what is around them is read. */
  levels: Level[];
  readonly problems: string[];
  inBlock: boolean;
  words: string | undefined;
}

const RESULT = /^(not )?ok\b(?: +(\d+))?(?:\s*-\s*|\s+)?(.*)$/;
const PLAN = /^1\.\.(\d+)/;
const INDENT = 4;
const DEEPEST = 50;

/** Reads TAP 13 and 14 with subtests. Without its plan nobody knows whether it is whole. */
export function readTap(text: string): Report {
  const reading: Reading = { levels: [fresh()], problems: [], inBlock: false, words: undefined };
  for (const line of text.split(/\r?\n/)) readLine(reading, line);
  if (reading.inBlock) reading.problems.push("it ends in the middle of a test's details");
  const [root = fresh(), ...unfinished] = reading.levels;
  if (unfinished.length > 0) reading.problems.push("it ends in the middle of a suite");
  if (root.plan === undefined) reading.problems.push("it has no plan (1..N): it may be cut off");
  else checkPlan(reading, root);
  return { format: "tap", cases: root.cases, problems: reading.problems };
}

function fresh(): Level {
  return { cases: [], results: 0 };
}

function readLine(reading: Reading, line: string): void {
  const words = line.trim();
  if (reading.inBlock) {
    reading.inBlock = words !== "...";
    reading.words ??= /^(?:error|message): *(.+)$/.exec(words)?.[1];
    if (!reading.inBlock) giveWords(reading);
    return;
  }
  if (words === "---") {
    reading.inBlock = true;
    reading.words = undefined;
    return;
  }
  if (words.startsWith("Bail out!")) reading.problems.push(`the run was given up: ${words}`);
  const depth = Math.floor((line.length - line.trimStart().length) / INDENT);
  if (depth > DEEPEST) return;
  const plan = PLAN.exec(words);
  if (plan) levelAt(reading, depth).plan = Number(plan[1]);
  const result = RESULT.exec(words);
  if (result) readResult(reading, depth, { isBad: result[1] !== undefined, rest: result[3] ?? "" });
}

function levelAt({ levels }: Reading, depth: number): Level {
  while (levels.length <= depth) levels.push(fresh());
  return levels[depth] ?? fresh();
}

function readResult(
  reading: Reading,
  depth: number,
  { isBad, rest }: { isBad: boolean; rest: string },
): void {
  const level = levelAt(reading, depth);
  level.results++;
  if (level.cases.length >= MOST_CASES) throw new NotAReport(`more than ${MOST_CASES} tests`);
  const { name, directive } = described(rest);
  const [inner] = reading.levels.splice(depth + 1);
  if (inner !== undefined) {
    checkPlan(reading, inner);
    level.cases.push(...inner.cases.map((each) => ({ ...each, name: nameOf(name, each.name) })));
    const explained = inner.cases.some(({ status }) => status === "failed");
    if (!isBad || explained || directive !== undefined) return;
  }
  const own = inner === undefined ? nameOf(name) : nameOf(name, "(the suite itself)");
  level.cases.push({
    name: own,
    status: directive === undefined ? (isBad ? "failed" : "passed") : "skipped",
    tags: tagsIn(own),
  });
}

/** The name and what stands behind its `#`. */
function described(rest: string): { readonly name: string; readonly directive?: string } {
  const [, name = rest, after = ""] = /^((?:\\.|[^\\#])*)#\s*(.*)$/.exec(rest) ?? [];
  const directive = /^(?:skip|todo)/i.exec(after)?.[0].toLowerCase();
  const plain = name.replaceAll(/\\([\\#])/g, "$1").trim();
  return { name: plain, ...(directive !== undefined && { directive }) };
}

function checkPlan(reading: Reading, { plan, results }: Level): void {
  if (plan !== undefined && plan !== results)
    reading.problems.push(`it plans ${plan} tests and holds ${results}`);
}

/** The details belong to the result before them. */
function giveWords({ levels, words }: Reading): void {
  const last = levels.at(-1);
  const failed = last?.cases.at(-1);
  if (last === undefined || failed?.status !== "failed" || words === undefined) return;
  if (failed.message === undefined)
    last.cases[last.cases.length - 1] = {
      ...failed,
      ...messageOf(words.replace(/^(['"])(.*)\1$/, "$2")),
    };
}
