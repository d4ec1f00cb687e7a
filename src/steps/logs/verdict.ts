import type { Failure } from "../../model/failure.ts";
import type { Step } from "../../model/plan.ts";
import type { EntryTally } from "./entries.ts";
import type { Level } from "../../lib/log-level.ts";
import type { ErrorKind, Scan } from "./scan.ts";
import type { Limit, LogsSpec } from "./spec.ts";

/** What a log is judged by. */
export interface Case {
  readonly name: string;
  readonly spec: LogsSpec;
  readonly found: Scan;
  readonly at: Step["at"];
  /** Kinds of errors that accepted releases had; undefined when there is nothing to compare with. */
  readonly known: ReadonlySet<string> | undefined;
}

export type Verdict =
  | { readonly outcome: "passed" }
  | { readonly outcome: "failed" | "inconclusive"; readonly failure: Failure };

/** What the log says about the release. What is there is certain; that something is not there needs the whole log. */
export function verdictOf(of: Case): Verdict {
  const present = wrongNow(of);
  if (present !== undefined) return { outcome: "failed", failure: present };
  const doubt = tooLittle(of);
  if (doubt !== undefined) return { outcome: "inconclusive", failure: doubt };
  const absent = missing(of) ?? tooFew(of) ?? tooFewEntries(of);
  const isWhole = of.found.lost === 0;
  if (absent !== undefined)
    return isWhole ? { outcome: "failed", failure: absent } : unsure(of, absent.what);
  if (!isWhole && asksForAbsence(of.spec))
    return unsure(of, "What must not be there may have been there.");
  return { outcome: "passed" };
}

/** Whether everything that is waited for is there. */
export function isThere(of: Case): boolean {
  return (
    tooLittle(of) === undefined &&
    missing(of) === undefined &&
    tooFew(of) === undefined &&
    tooFewEntries(of) === undefined
  );
}

/** The kinds of errors that accepted releases did not have. */
export function newKinds({ found, known }: Pick<Case, "found" | "known">): readonly ErrorKind[] {
  if (known === undefined) return [];
  return [...found.kinds].filter(([digest]) => !known.has(digest)).map(([, kind]) => kind);
}

/** What is there and must not be: no further line can mend it. */
export function wrongNow(of: Case): Failure | undefined {
  return forbidden(of) ?? tooMany(of) ?? badEntries(of) ?? newErrors(of);
}

type Check = (of: Case) => Failure | undefined;

const forbidden: Check = (of) => {
  const hit = of.found.mustNot.find(({ count }) => count > 0);
  if (hit === undefined) return undefined;
  const total = of.found.mustNot.reduce((sum, { count }) => sum + count, 0);
  return failure(of, {
    code: "logs-have-forbidden",
    what: `The log of ${of.name} has /${hit.pattern}/ in ${times(hit.count, "line")}${total > hit.count ? `, and ${times(total - hit.count, "more finding")}` : ""}.`,
    fix: "Read the lines around it in the kept log, mend their cause, or write what is harmless under `except`.",
    detail: hit.first,
  });
};

const tooMany: Check = (of) => {
  for (const [level, limit] of limits(of.spec)) {
    const count = countOf(of.found, level);
    if (limit.at_most === undefined || count <= limit.at_most) continue;
    return failure(of, {
      code: "logs-too-many",
      what: `The log of ${of.name} has ${times(count, `${level} entry`, `${level} entries`)}; at most ${limit.at_most} may be there.`,
      fix: "Read them in the kept log, mend their cause, or write what is harmless under `except`.",
      detail: [...of.found.kinds.values()].slice(0, 5).map(showKind).join("\n"),
    });
  }
  return undefined;
};

const badEntries: Check = (of) => {
  const bad = of.found.entries.find(({ flawed }) => flawed > 0);
  const many = of.found.entries.find(
    ({ found, rule }) => rule.at_most !== undefined && found > rule.at_most,
  );
  if (bad?.flaw !== undefined)
    return failure(of, {
      code: "logs-entry-incomplete",
      what: `${times(bad.flawed, "entry", "entries")} of ${bad.found} with ${where(bad)} in the log of ${of.name} ${bad.flawed === 1 ? "is" : "are"} not as they must be: ${bad.flaw.lacks.join("; ")}.`,
      fix: "Let the application write these fields, or correct `fields`.",
      detail: bad.flaw.line,
    });
  return (
    many &&
    failure(of, {
      code: "logs-too-many-entries",
      what: `The log of ${of.name} has ${times(many.found, "entry", "entries")} with ${where(many)}; at most ${many.rule.at_most} may be there.`,
      fix: "See what writes them so often, or correct `at_most`.",
    })
  );
};

const newErrors: Check = (of) => {
  const fresh = newKinds(of);
  if (of.spec.new_errors !== "fail" || fresh.length === 0) return undefined;
  return failure(of, {
    code: "logs-new-errors",
    what: `The log of ${of.name} has ${times(fresh.length, "kind")} of errors that the accepted release did not have.`,
    fix: "Mend their cause, or write what is harmless under `except`.",
    detail: fresh.slice(0, 10).map(showKind).join("\n"),
  });
};

const tooLittle: Check = (of) => {
  const { found, spec, name } = of;
  const silent = spec.parts?.find(
    (part) => ![...found.parts.keys()].some((each) => each === part || each.endsWith(`/${part}`)),
  );
  if (found.own < spec.least_lines || silent !== undefined)
    return failure(of, {
      code: "logs-too-short",
      what: howShort(of, silent),
      fix: "See whether the application writes its log where it is looked for, or give it something to do before this step.",
    });
  const judgesLevels = spec.levels !== undefined || spec.new_errors !== undefined;
  if (!judgesLevels || found.levels.size > 0 || found.exempt > 0) return undefined;
  return failure(of, {
    code: "logs-no-levels",
    what: `None of ${times(found.lines, "line")} of ${name} says its level, so that nobody can say how many errors there are.`,
    fix: "Let the application write levels ([ERROR], level=error, a JSON field), or look for words with `must_not`.",
  });
};

function howShort({ found, spec, name }: Case, silent: string | undefined): string {
  if (silent !== undefined && found.lines > 0)
    return `The part ${silent} of ${name} has logged nothing.`;
  const others = found.lines - found.own;
  const beside = others > 0 ? `, besides ${others} of other releases` : "";
  const least = `${spec.least_lines} ${spec.least_lines === 1 ? "is" : "are"}`;
  return `The log of ${name} has ${times(found.own, "line")}${beside}; ${least} needed for a verdict.`;
}

const missing: Check = (of) => {
  const lacking = of.found.must.filter(({ count }) => count === 0);
  if (lacking.length === 0) return undefined;
  return failure(of, {
    code: "logs-lack-expected",
    what: `The log of ${of.name} lacks ${lacking.map(({ pattern }) => `/${pattern}/`).join(" and ")} in ${times(of.found.lines, "line")}.`,
    fix: "See in the kept log what the application says instead, give it more time with `within`, or correct the pattern.",
  });
};

const tooFew: Check = (of) => {
  for (const [level, limit] of limits(of.spec)) {
    const count = countOf(of.found, level);
    if (limit.at_least !== undefined && count < limit.at_least)
      return failure(of, {
        code: "logs-too-few",
        what: `The log of ${of.name} has ${times(count, `${level} entry`, `${level} entries`)}; at least ${limit.at_least} must be there.`,
        fix: "See in the kept log what it says instead, or correct `levels`.",
      });
  }
  return undefined;
};

const tooFewEntries: Check = (of) => {
  const short = of.found.entries.find(({ found, rule }) => found < rule.at_least);
  if (short === undefined) return undefined;
  const broken =
    short.unreadable > 0 ? ` ${times(short.unreadable, "line")} could not be read as JSON.` : "";
  return failure(of, {
    code: "logs-lack-entry",
    what: `The log of ${of.name} has ${times(short.found, "entry", "entries")} with ${where(short)}; at least ${short.rule.at_least} must be there.${broken}`,
    fix: "See in the kept log what is written instead, give it more time with `within`, or correct `where`.",
  });
};

function unsure(of: Case, why: string): Verdict {
  const rest = failure(of, {
    code: "logs-lost",
    what: `Part of the log of ${of.name} is not there any more: it was cut off or removed since. ${why}`,
    fix: "Let more of the log be kept (driver local: `log_size` of the target; containers: `max-size` and `max-file` under `logging` in the compose file), or run this step earlier.",
  });
  return { outcome: "inconclusive", failure: rest };
}

function asksForAbsence({ must_not, levels, new_errors, entries }: LogsSpec): boolean {
  return (
    must_not !== undefined ||
    new_errors !== undefined ||
    Object.values(levels ?? {}).some((limit) => limit?.at_most !== undefined) ||
    entries?.some(({ at_most, fields }) => at_most !== undefined || fields !== undefined) === true
  );
}

function limits({ levels }: LogsSpec): [Level, Limit][] {
  return Object.entries(levels ?? {}).flatMap(([level, limit]) =>
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema allows no other names
    limit === undefined ? [] : [[level as Level, limit]],
  );
}

/** How many entries of a level there are; `error` is an error and what is worse. */
export function countOf({ levels }: Scan, level: Level): number {
  const worse = level === "error" ? (levels.get("fatal") ?? 0) : 0;
  return (levels.get(level) ?? 0) + worse;
}

function where({ rule }: EntryTally): string {
  return Object.entries(rule.where)
    .map(
      ([name, wanted]) =>
        `${name}: ${typeof wanted === "object" ? JSON.stringify(wanted) : wanted}`,
    )
    .join(", ");
}

function showKind({ line, count }: ErrorKind): string {
  return `${count} × ${line.slice(0, 300)}`;
}

function failure(
  { at }: Case,
  { detail, ...rest }: Omit<Failure, "at" | "detail"> & { readonly detail?: string | undefined },
): Failure {
  return {
    ...rest,
    ...(detail !== undefined && detail !== "" && { detail: detail.slice(0, 4_000) }),
    at,
  };
}

/** `1 line`, `2 lines`. */
export function times(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}
