import { inTurn } from "../lib/in-turn.ts";
import type { Entry, Event } from "../model/event.ts";
import { Fault } from "../model/failure.ts";
import { apply, stateOf, type RunState } from "../model/run-state.ts";
import type { Journal } from "../ports/journal.ts";

/** The one hand that writes a run's history, and the state that this history folds to. */
export interface Writer {
  readonly state: RunState;
  /** Durable when it resolves. Events given in one go are one append; what was mentioned before goes first. */
  write(...events: Event[]): Promise<void>;
  /** Written with the next write, or soon. For commentary: no effect depends on it. */
  mention(event: Event): void;
  /** Takes in what others have written: decisions, cancellation. */
  catchUp(): Promise<void>;
  /** Once the journal said no, nothing more is written. */
  readonly isBroken: boolean;
}

export interface WriterOptions {
  readonly journal: Pick<Journal, "append" | "read">;
  readonly run: string;
  readonly fence: number;
  /** Called for each entry in order, ours and others'. */
  readonly onEntry?: (entry: Entry) => void;
}

export async function openWriter(options: WriterOptions): Promise<Writer> {
  const { journal, run } = options;
  const state = stateOf(await journal.read(run));
  const turns = inTurn();
  const mentioned: Event[] = [];
  let broken: Error | undefined;

  /** The journal's first no is the last word. */
  const guarded = (act: () => Promise<void>) =>
    turns.take(async () => {
      if (broken) throw broken;
      await act().catch((error: unknown) => {
        broken = error instanceof Error ? error : new Error(String(error));
        throw broken;
      });
    });

  const write = (...events: Event[]) =>
    guarded(async () => {
      const all = [...mentioned.splice(0), ...events];
      if (all.length > 0) await append(options, state, all);
    });

  return {
    state,
    write,
    mention(event) {
      mentioned.push(event);
      // A rejected write is remembered, and told to whoever writes next.
      if (mentioned.length === 1) write().catch(() => undefined);
    },
    catchUp: () => guarded(async () => take(options, state, await journal.read(run, state.seq))),
    get isBroken() {
      return broken !== undefined;
    },
  };
}

async function append(
  options: WriterOptions,
  state: RunState,
  events: readonly Event[],
): Promise<void> {
  const { journal, run, fence } = options;
  for (let tries = 0; ; tries += 1) {
    try {
      take(options, state, await journal.append(run, state.seq, events, { fence }));
      return;
    } catch (error) {
      // Only people write besides us, and what they say never contradicts what we have to say.
      if (!isMoved(error) || tries > 100) throw error;
      take(options, state, await journal.read(run, state.seq));
    }
  }
}

function take({ onEntry }: WriterOptions, state: RunState, entries: readonly Entry[]): void {
  for (const entry of entries) {
    apply(state, entry);
    onEntry?.(entry);
  }
}

function isMoved(error: unknown): boolean {
  return error instanceof Fault && error.failure.code === "journal-moved";
}
