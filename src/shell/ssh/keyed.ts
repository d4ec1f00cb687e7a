import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { Fault } from "../../model/failure.ts";
import type { Finished, OutputFile, Limits, Receipt } from "../../ports/shell.ts";
import { openCapture, type Capture } from "../keeper/capture.ts";
import { fileNameOf } from "../keeper/receipts.ts";
import { openNotes, type Note, type Notes } from "./begun.ts";
import { endedBy } from "./ended.ts";
import type { Known } from "./facts.ts";
import { hostOf, type Line, type Question } from "./line.ts";
import { header, PATIENCE_MS, type HostCommand } from "./look.ts";
import { persist, type Told } from "./persist.ts";
import { unspeakable } from "./quote.ts";
import { refuseFenced, unusable } from "./trouble.ts";

/** Keyed commands on one host. */
export interface Keyed {
  run(
    key: string,
    command: HostCommand,
    options: Limits & { readonly output?: OutputFile },
  ): Promise<Finished>;
  receipt(key: string): Promise<Receipt>;
}

/** From the deadline of a command to its last word: TERM, KILL, disk, and a host that is away for a while. */
const ENDING_MS = 90_000;
const ASK_MS = 90_000;
const CANCEL_MS = 15_000;
const MOST_STDIN_BYTES = 8 * 1024 * 1024;

export function openKeyed(line: Line, known: (limits: Limits) => Promise<Known>): Keyed {
  const notes = openNotes(path.join(line.world.folder, line.spec.name));
  return {
    run: (key, command, options) => run({ line, notes, known }, { key, command, options }),
    async receipt(key) {
      const name = receiptName(line, key);
      const note = await notes.read(name);
      // Receipts carry our own state's name, and a note is made before each start. Were it lost with the power, a start
      // would find the receipt.
      if (!note) return { state: "never started" };
      const { receipts } = await known({ timeoutMs: ASK_MS });
      if (note.receipts !== receipts) return gone(line);
      const words = await ask(line, { words: ["receipt", name, receipts] }, { timeoutMs: ASK_MS });
      if (words === "never") return note.wasHeard ? gone(line) : { state: "never started" };
      return receiptOf({ line, name }, words);
    },
  };
}

/** Another checkout numbers its runs alike, and its commands are not ours. */
function receiptName({ world }: Line, key: string): string {
  return fileNameOf(`${world.owner}/${key}`);
}

async function ask(line: Line, question: Question, limits: Limits): Promise<string> {
  const told = await persist(line, () => question, { ...limits, patienceMs: PATIENCE_MS });
  if (told.is === "answered") return told.words;
  throw new Fault({
    code: "host-unreachable",
    what: `${line.spec.name} (${line.address}) did not say in time what became of a command.`,
    fix: "See that it runs and that its ssh server answers; then resume, nothing is started twice.",
  });
}

async function receiptOf(
  { line, name }: { line: Line; name: string },
  words: string,
): Promise<Receipt> {
  if (words === "running") return { state: "running" };
  if (words === "gone") return gone(line);
  const why = /^lost (.*)$/s.exec(words)?.[1];
  if (why !== undefined) return { state: "lost", why: `on ${line.spec.name}, ${why}` };
  const capture = await openCapture(line.world.mask, undefined);
  const saying = inTurn(capture);
  const told = await ask(
    line,
    { words: ["follow", name, 0], out: saying.take },
    { timeoutMs: ASK_MS },
  );
  await saying.done();
  return { state: "ended", finished: { ...outcome(line, told), ...(await capture.finish()) } };
}

function gone({ spec }: Line): Receipt {
  return {
    state: "lost",
    why: `on ${spec.name}, somebody removed the receipts (~/.seaworthy/receipts)`,
  };
}

interface World {
  readonly line: Line;
  readonly notes: Notes;
  readonly known: (limits: Limits) => Promise<Known>;
}

interface Order {
  readonly key: string;
  readonly command: HostCommand;
  readonly options: Limits & { readonly output?: OutputFile };
}

async function run(world: World, { key, command, options }: Order): Promise<Finished> {
  const { line, notes, known } = world;
  const refusal = unspeakable(command) ?? tooLong(command);
  if (refusal !== undefined) return neverStarted({ how: "not-started", why: refusal });
  const { receipts } = await known(options);
  const name = receiptName(line, key);
  const note = await notes.read(name);
  if (options.signal?.aborted === true && note === undefined)
    return neverStarted({ how: "cancelled" });
  if (note && note.receipts !== receipts) throw lost(gone(line), key);
  const { output } = options;
  const isOurs = note !== undefined && note.output === output?.path;
  if (output && !isOurs && existsSync(output.path))
    return neverStarted({ how: "not-started", why: `${output.path} is there already` });
  const noted = {
    receipts,
    wasHeard: note?.wasHeard ?? false,
    ...(output && { output: output.path }),
  };
  if (!isOurs) await notes.write(name, noted);
  // What a process of ours that was killed had begun to write.
  if (output) await rm(output.path, { force: true });
  const capture = await openCapture(line.world.mask, output);
  const started = { name, noted };
  const told = await attend(world, { command, options, started, capture });
  const ended = settled(line, told, key);
  return { ...ended, ...(await capture.finish()) };
}

function neverStarted(ended: Finished["ended"]): Finished {
  return { ended, tail: "", durationMs: 0 };
}

interface Attending extends Omit<Order, "key"> {
  readonly started: { readonly name: string; readonly noted: Note };
  readonly capture: Capture;
}

/** Starts it or finds it started, and stays with it over every break of the connection. */
async function attend(
  { line, notes }: World,
  { command, options, started, capture }: Attending,
): Promise<Told> {
  const { name, noted } = started;
  const { receipts } = noted;
  const limit = Math.max(1, Math.ceil(options.timeoutMs / 1000));
  const head = header(command);
  const stdin = Buffer.from(command.stdin ?? "").toString("base64");
  const sizes = [head.bytes, stdin.length];
  const saying = inTurn(capture);
  let { wasHeard } = noted;
  const heard = () => {
    if (wasHeard) return;
    wasHeard = true;
    void notes.write(name, { ...noted, wasHeard });
  };
  const known = () => [receipts, wasHeard ? "yes" : "no"];
  const told = head.text + stdin;
  const words = () =>
    ["start", name, saying.bytes(), limit, ...line.world.fence, ...known(), ...sizes] as const;
  const question = (): Question => ({
    words: words(),
    input: told,
    shared: { words: words(), told },
    out: saying.take,
    note: (heardWords) => (heardWords === "begun" ? heard() : undefined),
  });
  const cancel = () =>
    void line.ask({ words: ["cancel", name] }, { timeoutMs: CANCEL_MS }).catch(() => undefined);
  options.signal?.addEventListener("abort", cancel, { once: true });
  if (options.signal?.aborted === true) cancel();
  try {
    const timeoutMs = options.timeoutMs + ENDING_MS;
    return await persist(line, question, { timeoutMs, patienceMs: timeoutMs });
  } finally {
    options.signal?.removeEventListener("abort", cancel);
    await saying.done();
  }
}

/** Chunks come when they like, and are written one after the other. */
function inTurn(capture: Capture) {
  let bytes = 0;
  let turn: Promise<void> = Promise.resolve();
  return {
    take: (chunk: Uint8Array) => {
      bytes += chunk.length;
      turn = turn.then(() => capture.take(chunk));
    },
    bytes: () => bytes,
    done: () => turn,
  };
}

function settled(line: Line, told: Told, key: string): Pick<Finished, "ended" | "durationMs"> {
  if (told.is === "given up")
    throw lost({ state: "lost", why: `${line.spec.name} did not say in time how it ended` }, key);
  const { words } = told;
  // A receipt that was there a moment ago.
  if (words === "gone" || words === "never") throw lost(gone(line), key);
  const why = /^lost (.*)$/s.exec(words)?.[1];
  if (why !== undefined) throw lost({ state: "lost", why: `on ${line.spec.name}, ${why}` }, key);
  return outcome(line, words);
}

function outcome(line: Line, words: string): Pick<Finished, "ended" | "durationMs"> {
  refuseFenced(line, words);
  const [, ms = "0", how = words] = /^ended (\d+) (.*)$/s.exec(words) ?? [];
  const ended = endedBy(how);
  if (!ended) throw unusable(hostOf(line), words.replace(/^stuck /, ""));
  const masked =
    ended.how === "not-started" ? { ...ended, why: line.world.mask.text(ended.why) } : ended;
  return { ended: masked, durationMs: Number(ms) };
}

function lost(receipt: Receipt, key: string): Fault {
  const why = receipt.state === "lost" ? receipt.why : receipt.state;
  return new Fault({
    code: "command-lost",
    what: `A command was started, and nobody can say how it ended: ${why}.`,
    fix: "Look on the host at what it changes, then decide whether it has happened.",
    detail: `key ${key}`,
  });
}

function tooLong({ stdin = "" }: HostCommand): string | undefined {
  return stdin.length > MOST_STDIN_BYTES
    ? `its stdin is larger than ${MOST_STDIN_BYTES / 1024 / 1024} MiB; send a file instead`
    : undefined;
}
