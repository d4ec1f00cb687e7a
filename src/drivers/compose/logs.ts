import { readFile } from "node:fs/promises";
import type { Json } from "../../model/json.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Act, LogPiece } from "../../ports/driver.ts";
import { type Container, containers } from "./containers.ts";
import { isFine } from "../docker-trouble.ts";
import { askEngine } from "./engine.ts";
import { type LastWords, lastWords } from "./last-words.ts";
import { fitting, linesOf, stampOf, timeOf, withoutTime } from "../docker-logs.ts";
import { logsTold } from "./log-lines.ts";
import type { Setting } from "./setting.ts";

/** Where the logs of a stack ended: when, and which containers there were. */
interface Mark {
  readonly at: string;
  /** Id of the container → its service. */
  readonly containers: Readonly<Record<string, string>>;
}

const PAGE_BYTES = 4 * 1024 * 1024;
/** Nobody knows how much of it is gone. */
const SOMETHING = 1;

export async function logMark(setting: Setting, clock: Clock, act: Act): Promise<Json> {
  const [{ aheadMs }, all] = await Promise.all([
    askEngine(setting, clock, act),
    containers(setting, act),
  ]);
  return {
    at: stampOf(clock.now() + aheadMs),
    containers: Object.fromEntries(all.map(({ id, service }) => [id, service])),
  };
}

/** Every line since the mark: first of containers that are gone and whose words were kept, then of those that are there. */
export async function* logsSince(
  setting: Setting,
  given: Json | undefined,
  act: Act,
): AsyncGenerator<LogPiece> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by logMark
  const mark = given as unknown as Mark | undefined;
  const all = await containers(setting, act);
  const there = new Set(all.map(({ id }) => id));
  const kept = (await lastWords(setting.layout)).filter(({ id }) => !there.has(id));
  const known = new Set([...there, ...kept.map(({ id }) => id)]);
  for (const [id, part] of Object.entries(mark?.containers ?? {}))
    if (!known.has(id)) yield { part, text: "", lost: SOMETHING };
  for (const words of kept) yield* keptSince(words, mark?.at);
  for (const container of all) yield* toldSince(setting, { container, since: mark?.at }, act);
}

async function* keptSince(words: LastWords, since: string | undefined): AsyncGenerator<LogPiece> {
  const text = linesSince(await readFile(words.file, "utf8"), since);
  if (text !== "") yield { ...originOf(words), text };
}

/** Lines come with their times, and a line without one belongs to the one before it. */
function linesSince(text: string, since = ""): string {
  let isIn = since === "";
  const lines: string[] = [];
  for (const line of linesOf(text)) {
    const time = timeOf(line);
    if (time !== undefined) isIn = time >= since;
    if (isIn) lines.push(withoutTime(line));
  }
  return lines.join("");
}

interface Page {
  readonly container: Container;
  readonly since: string | undefined;
}

async function* toldSince(setting: Setting, first: Page, act: Act): AsyncGenerator<LogPiece> {
  const { container } = first;
  const origin = originOf(container);
  let since = first.since;
  let seen = 0;
  for (;;) {
    const flags = since === undefined ? [] : ["--since", since];
    const told = await logsTold(setting, { id: container.id, flags, maxBytes: PAGE_BYTES }, act);
    if (!isFine(told)) return yield { ...origin, text: "", lost: SOMETHING };
    const isLast = Buffer.byteLength(told.stdout) < PAGE_BYTES;
    const lines = linesOf(told.stdout).slice(0, isLast ? undefined : -1);
    const text = lines.slice(seen).map(withoutTime).join("");
    if (text !== "") yield { ...origin, text };
    if (isLast) return;
    const last = timeOf(lines.at(-1) ?? "");
    // More than a page within one nanosecond, or lines without times: there is no way to ask for the rest.
    if (last === undefined || last === since) return yield { ...origin, text: "", lost: SOMETHING };
    seen = lines.filter((line) => timeOf(line) === last).length;
    since = last;
  }
}

function originOf({ service, release }: Pick<Container, "service" | "release">) {
  return { part: service, ...(release !== undefined && { release }) };
}

const TAIL_LINES = "5000";

/** The newest lines of all parts, sharing maxBytes evenly. */
export async function newestLogs(
  setting: Setting,
  { maxBytes, release }: { readonly maxBytes: number; readonly release?: string },
  act: Act,
): Promise<string> {
  const all = (await containers(setting, act)).filter(
    (each) => release === undefined || (each.release ?? release) === release,
  );
  const there = new Set(all.map(({ id }) => id));
  const gone = (await lastWords(setting.layout)).filter(
    (each) => release !== undefined && each.release === release && !there.has(each.id),
  );
  const each = Math.floor(maxBytes / Math.max(1, all.length + gone.length));
  const ended = gone.map(async ({ service, file }) =>
    fitting(service, await readFile(file, "utf8"), each),
  );
  const told = all.map(async ({ id, service }) => {
    const flags = ["--tail", TAIL_LINES];
    const { stdout } = await logsTold(setting, { id, flags, maxBytes: PAGE_BYTES }, act);
    return fitting(service, stdout, each);
  });
  return (await Promise.all([...ended, ...told])).join("");
}
