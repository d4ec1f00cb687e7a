import { oneLine } from "../../lib/one-line.ts";

/** Begins a part of the log that can be folded. https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections */
export function sectionStart(name: string, title: string, at: string): string {
  return `section_start:${unixTime(at)}:${sectionName(name)}\r\u001b[0K${oneLine(title)}\n`;
}

export function sectionEnd(name: string, at: string): string {
  return `section_end:${unixTime(at)}:${sectionName(name)}\r\u001b[0K\n`;
}

function unixTime(at: string): number {
  return Math.floor(Date.parse(at) / 1_000) || 0;
}

/** Letters, digits, `_`, `.` and `-` are all that a section's name can have. */
function sectionName(name: string): string {
  return `seaworthy_${name.replaceAll(/[^A-Za-z0-9_.-]/g, "_")}`;
}

const LONGEST_VALUE = 400;

/**
 * Outputs as a dotenv report: later jobs get them as variables. There is no way to quote in it, lines end a value, `$`
 * would be looked up by whoever uses the variable, and older servers cut at the last `=`; so what is not a plain
 * character becomes `_`. The whole must stay below 5 KiB and ten lines.
 * https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv
 */
export function dotenv(outputs: Readonly<Record<string, string>>): string {
  return Object.entries(outputs)
    .map(([name, value]) => {
      const plain = oneLine(value).replaceAll(/[^A-Za-z0-9 ._:/@+,~?&%#-]/g, "_");
      return `SEAWORTHY_${name.toUpperCase()}=${plain.slice(0, LONGEST_VALUE).trim()}\n`;
    })
    .join("");
}
