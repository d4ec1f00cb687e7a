import type { Json } from "../../model/json.ts";
import type { Act, LogPiece } from "../../ports/driver.ts";
import { fitting, linesOf, timeOf, withoutTime } from "../docker-logs.ts";
import { isFine } from "../docker-trouble.ts";
import { eachMachine } from "./each.ts";
import { look, type Machine, must, type Told } from "./machine.ts";
import { partName } from "./part.ts";
import type { Setting } from "./setting.ts";
import { type Container, see } from "./sight.ts";
import { ours } from "./standing.ts";

/** Where logs ended, on each machine: when by its clock, and which containers there were. */
interface Mark {
  readonly at: string;
  /** Id of the container → its part. */
  readonly containers: Readonly<Record<string, string>>;
}

/** This machine's name in marks. */
const HERE = "";
const PAGE_BYTES = 4 * 1024 * 1024;
/** Nobody knows how much of it is gone. */
const SOMETHING = 1;

export async function logMark(setting: Setting, act: Act): Promise<Json> {
  const marks = await eachMachine(setting, "Marking the logs", async (machine) => {
    const sight = await see(setting, machine, { act });
    const told = await must(machine, CLOCK, { act, doing: "Asking for the time" });
    const containers = Object.fromEntries(ours(setting, sight).map(({ id, part }) => [id, part]));
    return [machine.host ?? HERE, { at: stamp(told.trim()), containers }] as const;
  });
  return Object.fromEntries(marks);
}

const CLOCK = "date +%s%N";

/** As docker writes times, of nanoseconds since 1970. */
export function stamp(digits: string): string {
  const seconds = Number(digits.slice(0, 10));
  const rest = /^\d{19}$/.test(digits) ? digits.slice(10) : "000000000";
  return `${new Date(seconds * 1_000).toISOString().slice(0, 19)}.${rest}Z`;
}

/** Every line since the mark, of containers that have ended as well: they are kept with their release. */
export async function* logsSince(
  setting: Setting,
  given: Json | undefined,
  act: Act,
): AsyncGenerator<LogPiece> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by logMark
  const marks = given as unknown as Readonly<Record<string, Mark>> | undefined;
  const sights = await eachMachine(setting, "Looking at containers", (machine) =>
    see(setting, machine, { act }),
  );
  for (const sight of sights) {
    const { machine } = sight;
    const mark = marks?.[machine.host ?? HERE];
    const all = ours(setting, sight);
    for (const [id, part] of Object.entries(mark?.containers ?? {}))
      if (!all.some((each) => each.id === id))
        yield { part: partName(machine, part), text: "", lost: SOMETHING };
    for (const container of all.filter(({ status }) => status !== "created"))
      yield* toldSince(machine, { container, since: mark?.at }, act);
  }
}

interface Page {
  readonly container: Container;
  readonly since: string | undefined;
}

async function* toldSince(machine: Machine, first: Page, act: Act): AsyncGenerator<LogPiece> {
  const { container } = first;
  const { part, release } = container;
  const origin = { part: partName(machine, part), ...(release !== undefined && { release }) };
  let since = first.since;
  let seen = 0;
  for (;;) {
    const flags = since === undefined ? [] : ["--since", since];
    const told = await logsTold(machine, [...flags, container.id], act);
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

/** Both streams as one; the rest of a page that is too long does not travel. */
function logsTold(machine: Machine, words: readonly string[], act: Act): Promise<Told> {
  return look(machine, LOGS, {
    args: [String(PAGE_BYTES), ...words],
    maxBytes: PAGE_BYTES,
    act,
  });
}

const LOGS = `most=$1
shift
docker logs --timestamps "$@" 2>&1 | head -c "$most"`;

const TAIL_LINES = "5000";

/** The newest lines of all parts, sharing maxBytes evenly. */
export async function newestLogs(
  setting: Setting,
  { maxBytes, release }: { readonly maxBytes: number; readonly release?: string },
  act: Act,
): Promise<string> {
  const sights = await eachMachine(setting, "Looking at containers", (machine) =>
    see(setting, machine, { act }),
  );
  const all = sights.flatMap((sight) =>
    ours(setting, sight)
      .filter((each) => each.status !== "created")
      .filter((each) => release === undefined || each.release === release)
      .map((each) => ({ ...each, machine: sight.machine })),
  );
  const each = Math.floor(maxBytes / Math.max(1, all.length));
  const told = all.map(async ({ id, part, machine }) => {
    const { stdout } = await logsTold(machine, ["--tail", TAIL_LINES, id], act);
    return fitting(partName(machine, part), stdout, each);
  });
  return (await Promise.all(told)).join("");
}
