import { mkdir, mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { Fault } from "../../model/failure.ts";
import type { Work } from "../../ports/step-kind.ts";
import { type InPlace, insidePart, isHost, shellAt, showPlace } from "../inside.ts";
import type { Standing } from "./files.ts";
import { fetchFromHost } from "./from-host.ts";
import type { TestsSpec } from "./spec.ts";

type Inside = Work<TestsSpec> & { readonly where: InPlace };

/** Reports that were fetched out of a part, until they are disposed of. */
export interface Fetched extends AsyncDisposable {
  /** Where each is, or would be. */
  readonly places: readonly string[];
  /** A fetched file as people know it. */
  readonly known: (file: string) => string;
}

/** Removes what earlier suites have left in the part, and makes sure of it: what is there afterwards was written since. */
export async function removeReports(work: Inside): Promise<Standing> {
  const paths = pathsOf(work.spec);
  const removal = await insidePart(work, work.where, { argv: ["rm", "-f", "--", ...paths] });
  // How it ended says little: a part may have no such program, and nothing to remove.
  await shellAt(work, work.where).look(removal, { timeoutMs: work.timeoutMs, signal: work.signal });
  await using left = await fetchReports(work);
  const [old] = left.found;
  if (old === undefined) return {};
  throw new Fault({
    code: "tests-stale-report",
    what: `The report ${old} of an earlier suite is in ${showPlace(work.where)}, and could not be removed.`,
    fix: "Remove it, or let the suite write its report where its user may.",
  });
}

/** Brings the part's reports here. */
export async function fetchReports(
  work: Inside,
): Promise<Fetched & { readonly found: readonly string[] }> {
  const { where, store, spec } = work;
  const fetch = fetchOf(work);
  await mkdir(store, { recursive: true });
  const folder = await mkdtemp(path.join(store, "reports-"));
  const known = new Map<string, string>();
  const found: string[] = [];
  try {
    for (const [index, inside] of pathsOf(spec).entries()) {
      const to = path.join(folder, `${index}${path.extname(inside)}`);
      known.set(to, inside);
      if (await fetch(inside, to)) found.push(inside);
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    places: [...known.keys()],
    known: (file) => `${showPlace(where)}:${known.get(file) ?? file}`,
    found,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Copies a file from there to here; hands back whether there was one. */
function fetchOf(work: Inside): (path: string, to: string) => Promise<boolean> {
  const { where } = work;
  if (isHost(where)) return (from, to) => fetchFromHost(work, where, { from, to });
  const driver = work.driver(where.target);
  const fetch = driver.fetch?.bind(driver);
  if (fetch !== undefined)
    return (from, to) => fetch({ part: where.part, path: from }, to, work.act());
  throw new Fault({
    code: "not-inside",
    what: `The driver of ${where.target} fetches no files out of its parts.`,
    fix: "Leave `in` out, and let the suite run on this machine.",
  });
}

function pathsOf({ report, cwd = "/" }: TestsSpec): readonly string[] {
  return report.map((place) => path.posix.resolve(cwd, place));
}
