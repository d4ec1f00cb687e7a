import { lineSearch } from "../../lib/line-search.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Preparation } from "../../ports/step-kind.ts";
import { refuseUnknownHosts } from "../hosts.ts";
import { climbs } from "../places.ts";
import type { LogsSpec } from "./spec.ts";

type Complaint = readonly [key: string | undefined, what: string, fix: string];

/** What is wrong with a plan's log check before it is ever run: it can't work, or it can't fail. */
export function refusals(spec: LogsSpec, preparation: Preparation): readonly Diagnostic[] {
  const complaints = [
    ...aboutSource(spec, preparation),
    ...aboutSince(spec, preparation),
    ...aboutRules(spec),
    ...aboutLimits(spec),
    ...aboutPatterns(spec),
  ].map(([key, what, fix]) => preparation.blame(key, what, fix));
  return [...complaints, ...refuseUnknownHosts(spec.on, preparation, "on")];
}

function* aboutSource(
  { target, file, on, parts }: LogsSpec,
  { targets }: Preparation,
): Generator<Complaint> {
  if ((target === undefined) === (file === undefined))
    yield [
      file === undefined ? undefined : "file",
      "A log is that of a target or a file, one of them.",
      "Write `target: web`, or `file: data/audit.log`.",
    ];
  if (target !== undefined && !targets.includes(target))
    yield [
      "target",
      `There is no target "${target}" in this environment.`,
      targets.length === 0
        ? "Write it under `targets`, and name it in the environment."
        : `Use one of: ${targets.join(", ")}.`,
    ];
  if (on !== undefined && file !== undefined && !/^[/$]/.test(file))
    yield [
      "file",
      `${file} begins nowhere on a host.`,
      "Write its path from the root on: /srv/erp/logs/audit.log.",
    ];
  else if (file !== undefined && climbs(file))
    yield [
      "file",
      `${file} leads out of the project's folder.`,
      "Write a path below the project file, or an absolute one.",
    ];
  if (on !== undefined && file === undefined)
    yield [
      "on",
      "A target knows where its logs are.",
      "Take `on` out, or choose hosts with `parts`.",
    ];
  if (parts !== undefined && file !== undefined)
    yield ["parts", "A file has no parts.", "Take `parts` out."];
}

function* aboutSince(
  { since, file, mark }: LogsSpec,
  { before }: Preparation,
): Generator<Complaint> {
  if (since === undefined || since === "all") return;
  if (mark) yield ["since", "A mark is set where the log ends now.", "Take `since` out."];
  if (since === "deploy" && file !== undefined)
    yield [
      "since",
      "A deploy marks the logs of its target, not files.",
      "Put `- id: before` with `logs: { file: …, mark: true }` before the deploy, and write `since: before`.",
    ];
  else if (since === "deploy" && !before.some(({ kind }) => kind === "deploy"))
    yield [
      "since",
      "No deploy comes before this step.",
      "Put one before it, or write `since: all`.",
    ];
  else if (
    since !== "deploy" &&
    !before.some(({ id, kind }) => id === since && (kind === "logs" || kind === "deploy"))
  )
    yield [
      "since",
      `No step "${since}" before this one marks where a log ends.`,
      "Name a step `logs: { …, mark: true }` or a deploy before this one, or write `all`.",
    ];
}

function* aboutRules(spec: LogsSpec): Generator<Complaint> {
  const { mark, must, must_not, levels, entries, new_errors, except, within } = spec;
  const judges = [must, must_not, levels, entries, new_errors].some((rule) => rule !== undefined);
  if (mark && judges)
    yield [
      "mark",
      "A step that marks judges nothing.",
      "Put what is to be judged into a step of its own, with `since` and this step's id.",
    ];
  if (!mark && !judges)
    yield [
      undefined,
      "It asks nothing of the log, so it can't fail.",
      "Write `must_not`, `must`, `levels`, `entries` or `new_errors`.",
    ];
  if (
    except !== undefined &&
    must_not === undefined &&
    levels === undefined &&
    new_errors === undefined
  )
    yield [
      "except",
      "There is nothing to except from.",
      "Write `must_not`, `levels` or `new_errors`, or take `except` out.",
    ];
  if (within !== undefined && must === undefined && !awaits(spec))
    yield [
      "within",
      "There is nothing to wait for.",
      "Write `must`, or `at_least` in `entries` or `levels`.",
    ];
}

function* aboutLimits({ levels, entries }: LogsSpec): Generator<Complaint> {
  for (const [level, limit] of Object.entries(levels ?? {}))
    if (!limit?.at_most && limit?.at_most !== 0 && !limit?.at_least)
      yield [
        `levels.${level}`,
        "Any number would do.",
        "Write how many there may be: 0, or { at_most: 10 }.",
      ];
  for (const [index, { at_least, at_most, fields }] of (entries ?? []).entries())
    if (at_least === 0 && at_most === undefined && fields === undefined)
      yield [
        `entries.${index}`,
        "Any number of entries would do.",
        "Write `at_least: 1`, `at_most`, or `fields`.",
      ];
}

function* aboutPatterns({ must, except }: LogsSpec): Generator<Complaint> {
  for (const pattern of must ?? [])
    if (lineSearch(pattern).isIn(""))
      yield [
        "must",
        `/${pattern}/ is found in every line, even an empty one.`,
        "Write a pattern that only the awaited line has.",
      ];
  for (const pattern of except ?? [])
    if (lineSearch(pattern).isIn(""))
      yield [
        "except",
        `/${pattern}/ is found in every line: nothing would be left to judge.`,
        "Write a pattern that only the harmless lines have.",
      ];
}

function awaits({ entries, levels }: LogsSpec): boolean {
  return (
    entries?.some(({ at_least }) => at_least > 0) === true ||
    Object.values(levels ?? {}).some((limit) => (limit?.at_least ?? 0) > 0)
  );
}
