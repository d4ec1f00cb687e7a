import { showDuration } from "../lib/duration.ts";
import { showSize } from "../lib/size.ts";
import { Fault } from "../model/failure.ts";
import { answerText } from "./answer.ts";
import { nobodyKnows } from "./build-text.ts";
import type { Answer } from "./jar.ts";
import { look } from "./look.ts";
import type { Act } from "./model.ts";
import type { Content } from "./scratch.ts";
import { cannotDo, endedEarly, noAnswer } from "./tell.ts";
import type { Telling } from "./tell.ts";
import { endedAs } from "./try.ts";
import type { Ended } from "./try.ts";

type FileAct = Extract<Act, { readonly do: "make" | "join" }>;
const NOTHING = { checks: [], captured: [], shown: [] } as const;

/** Waits, for no more than the step says. */
export async function wait(telling: Telling, ms: number): Promise<Ended> {
  const { session } = telling;
  await session.shared.world.clock.sleep(ms, session.signal);
  if (session.signal.aborted) return { ...NOTHING, outcome: "error", failure: endedEarly(telling) };
  return { ...NOTHING, outcome: "passed", notes: [`waited ${showDuration(ms)}`] };
}

/** Makes or joins a file, and looks at it. */
export async function writeFile(telling: Telling, act: FileAct): Promise<Ended> {
  const written = await tryToWrite(telling, act);
  if ("outcome" in written) return written;
  const looked = await look(telling.step, asAnswer(written), { session: telling.session });
  const name = act.do === "make" ? act.file : act.into;
  const { answer: _, ...ended } = endedAs(telling, looked, { answer: asAnswer(written) });
  return { ...ended, notes: [`${name} ${showSize(written.bytes)}`] };
}

async function tryToWrite(telling: Telling, act: FileAct): Promise<Content | Ended> {
  const { scratch, answers } = telling.session;
  const unknown: string[] = [];
  const said = (text: string) => {
    const answered = answerText(text, answers);
    if (answered.ok) return answered.value;
    unknown.push(...answered.missing);
    return text;
  };
  const [into, seed] = act.do === "make" ? [said(act.file), said(act.seed)] : [said(act.into), ""];
  const files = act.do === "join" ? act.files.map(said) : [];
  if (unknown.length > 0)
    return { ...NOTHING, outcome: "error", failure: cannotDo(telling, nobodyKnows(unknown)) };
  try {
    return act.do === "make"
      ? await scratch.make(into, { bytes: act.bytes, seed })
      : await scratch.join(files, into);
  } catch (error) {
    if (error instanceof Fault)
      return { ...NOTHING, outcome: "error", failure: noAnswer(telling, error.failure) };
    if (!telling.session.signal.aborted) throw error;
    return { ...NOTHING, outcome: "error", failure: endedEarly(telling) };
  }
}

/** A file as far as it can be looked at. */
function asAnswer({ bytes, sha256 }: Content): Answer {
  return {
    status: 0,
    url: "",
    headers: [],
    cookies: [],
    body: new Uint8Array(),
    truncated: true,
    bytes,
    sha256,
    durationMs: 0,
    firstByteMs: 0,
  };
}
