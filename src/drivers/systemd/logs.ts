import type { Json } from "../../model/json.ts";
import type { Act, LogPiece } from "../../ports/driver.ts";
import { onAll } from "../rollout.ts";
import { ask, hear } from "./ask.ts";
import { parsePage } from "./journal.ts";
import { INSPECT, MARK, SINCE, TAIL } from "./host-scripts/show.ts";
import { rolling, type Setting } from "./setting.ts";
import { partName } from "./status.ts";

/** By host: where its journal ended, and which units the target had. */
type Marks = Readonly<
  Record<string, { readonly cursor: string; readonly units: readonly string[] }>
>;

/** Lines of the journal that are fetched at once, and the most that they may be together. */
const PAGE_LINES = 2_000;
const PAGE_BYTES = 16 * 1024 * 1024;
const SOMETHING = 1;

/** Where the journal of every host ends now. */
export async function logMark(setting: Setting, act: Act): Promise<Json> {
  const marks = await onAll(rolling(setting, "Asking where the journal ends"), async (name) => {
    const told = await ask(setting, setting.hosts.host(name), { script: MARK, act });
    const cursor = told.one("cursor") ?? "";
    const units = told.one("units")?.split(" ").filter(Boolean) ?? [];
    return { cursor, units };
  });
  return Object.fromEntries([...marks].filter(([, { cursor }]) => cursor !== ""));
}

/** Every line of the units since the mark, host by host, a page of the journal at a time. */
export async function* logsSince(
  setting: Setting,
  mark: Json | undefined,
  act: Act,
): AsyncGenerator<LogPiece> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by logMark
  const marks = mark as unknown as Marks | undefined;
  for (const name of rolling(setting, "").hosts)
    yield* sinceOn(setting, { name, act, ...(marks?.[name] && { mark: marks[name] }) });
}

async function* sinceOn(
  setting: Setting,
  { name, mark, act }: { name: string; mark?: Marks[string]; act: Act },
): AsyncGenerator<LogPiece> {
  const units = await unitsOn(setting, name, act);
  for (const unit of mark?.units ?? [])
    if (!units.includes(unit)) yield { part: partName(name, unit), text: "", lost: SOMETHING };
  let after = mark?.cursor ?? "";
  let isFirst = true;
  for (;;) {
    act.signal.throwIfAborted();
    // oxlint-disable-next-line no-await-in-loop -- each page begins where the one before ended
    const page = await pageOf(setting, { name, after, isFirst, act });
    if (page.isGone)
      for (const unit of units) yield { part: partName(name, unit), text: "", lost: SOMETHING };
    for (const { unit, ...piece } of page.pieces) yield { part: partName(name, unit), ...piece };
    if (page.isCut && page.pieces.length === 0)
      yield { part: partName(name, "journal"), text: "", lost: SOMETHING };
    const isLast = page.lines < PAGE_LINES && !page.isCut;
    if (isLast || page.cursor === undefined || page.cursor === after) return;
    after = page.cursor;
    isFirst = false;
  }
}

async function unitsOn(setting: Setting, name: string, act: Act): Promise<readonly string[]> {
  const told = await ask(setting, setting.hosts.host(name), { script: MARK, act });
  return told.one("units")?.split(" ").filter(Boolean) ?? [];
}

async function pageOf(
  setting: Setting,
  { name, after, isFirst, act }: { name: string; after: string; isFirst: boolean; act: Act },
) {
  const stdout = await hear(setting, setting.hosts.host(name), {
    script: SINCE,
    env: {
      AFTER: after,
      FIRST: isFirst ? "yes" : "",
      CHECK: isFirst && after !== "" ? "yes" : "",
      LINES: String(PAGE_LINES),
      BYTES: String(PAGE_BYTES),
    },
    maxBytes: PAGE_BYTES,
    act,
  });
  return parsePage(stdout, after);
}

/** The newest lines of every unit, each after its part's name, at most maxBytes in all. */
export async function newestLogs(
  setting: Setting,
  { maxBytes, release }: { readonly maxBytes: number; readonly release?: string },
  act: Act,
): Promise<string> {
  const job = rolling(setting, "Reading the journal");
  const each = Math.max(1, Math.floor(maxBytes / job.hosts.length));
  const told = await onAll(job, async (name) => {
    const env = { RELEASE: release ?? "", BYTES: String(each) };
    const answer = await ask(setting, setting.hosts.host(name), {
      script: TAIL,
      env,
      maxBytes: each * 8 + 64 * 1024,
      act,
    });
    const texts = answer.sections.map((unit) =>
      prefixed(partName(name, unit), answer.section(unit)),
    );
    return fitting(texts.join(""), each);
  });
  return [...told.values()].join("");
}

function prefixed(part: string, text = ""): string {
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => `${part} | ${line}\n`).join("");
}

/** Whole lines from the end. */
export function fitting(text: string, maxBytes: number): string {
  const lines = text.split(/(?<=\n)/);
  let bytes = Buffer.byteLength(text);
  let first = 0;
  for (; bytes > maxBytes; first++) bytes -= Buffer.byteLength(lines[first] ?? "");
  return lines.slice(first).join("");
}

/** All that systemd tells of the units, host by host. */
export async function inspect(setting: Setting, act: Act): Promise<string> {
  const told = await onAll(rolling(setting, "Inspecting"), async (name) => {
    const stdout = await hear(setting, setting.hosts.host(name), { script: INSPECT, act });
    return `=== ${name}\n${stdout}`;
  });
  return [...told.values()].join("\n");
}
