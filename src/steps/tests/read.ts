import { ZodError } from "zod";
import { FORMATS, type Format, NotAReport, type Report } from "./report.ts";
import { readJest } from "./jest.ts";
import { readPlaywright } from "./playwright.ts";
import { readPytest } from "./pytest.ts";
import { readTap } from "./tap.ts";

/** Reads a report in the format that its content has; `wanted`: it must be that one. Throws NotAReport. */
export async function readReport(text: string, wanted?: Format): Promise<Report> {
  const content = text.replace(/^\uFEFF/, "");
  if (content.trim() === "") throw new NotAReport("it is empty");
  const report = await read(content);
  if (wanted === undefined || wanted === report.format) return report;
  const isSame =
    (wanted === "vitest" && report.format === "jest") ||
    (wanted === "pytest" && report.format === "junit");
  if (isSame) return report;
  throw new NotAReport(`it is ${report.format}, not ${wanted}`);
}

async function read(content: string): Promise<Report> {
  const [first] = content.trimStart();
  if (first === "{") return readJson(content);
  // Loaded only where there is one: the reader of XML.
  if (first === "<") return (await import("./junit.ts")).readJunit(content);
  if (/^(?:TAP version \d|1\.\.\d|(?:not )?ok\b)/m.test(content)) return readTap(content);
  throw new NotAReport(`it is none of ${FORMATS.join(", ")}`);
}

function readJson(content: string): Report {
  let given: unknown;
  try {
    given = JSON.parse(content);
  } catch {
    throw new NotAReport("it is not JSON, or cut off");
  }
  try {
    if (has(given, "testResults")) return readJest(given);
    if (has(given, "suites")) return readPlaywright(given);
    if (has(given, "exitcode")) return readPytest(given);
  } catch (error) {
    if (!(error instanceof ZodError)) throw error;
    const [issue] = error.issues;
    throw new NotAReport(`at ${issue?.path.join(".")}: ${issue?.message}`);
  }
  throw new NotAReport("it is JSON of a kind that is not known");
}

function has(given: unknown, key: string): boolean {
  return typeof given === "object" && given !== null && Object.hasOwn(given, key);
}
