import type { Entry, Event } from "../model/event.ts";
import { Fault } from "../model/failure.ts";
import { apply, stateOf, type RunState } from "../model/run-state.ts";
import type { Journal } from "../ports/journal.ts";

/** The one hand that writes a run's history, and the state that this history folds to. */
export interface Writer {
  readonly state: RunState;
  /** Durable when it resolves. Events given in one go are one append; what was queued before goes first. */
  write(...events: Event[]): Promise<void>;
  /** Written with the next write, or soon. For commentary: no effect depends on it. */
  mention(event: Event): void;
  /** Takes in what others have written: decisions, cancellation. True when there was something. */
  catchUp(): Promise<boolean>;
  /** Rejects all waiting once the journal said no. */
  readonly broken: unknown;
}

export interface WriterOptions {
  readonly journal: Pick<Journal, "append" | "read">;
  readonly run: string;
  readonly fence: number;
  /** Called for each entry in order, ours and others'. */
  readonly onEntry?: (entry: Entry) => void;
}

export async function openWriter(options: WriterOptions): Promise<Writer> {
  const { journal, run, fence, onEntry } = options;
  const state = stateOf(await journal.read(run));
  const mentioned: Event[] = [];
  let tail: Promise<unknown> = Promise.resolve();
  let broken: unknown;

  const take = (entries: readonly Entry[]) => {
    for (const entry of entries) {
      apply(state, entry);
      onEntry?.(entry);
    }
    return entries.length > 0;
  };

  const append = async (events: readonly Event[]) => {
    for (let tries = 0; ; tries += 1) {
      try {
        return take(await journal.append(run, state.seq, events, { fence }));
      } catch (error) {
        // Only people write besides us, and what they say never contradicts what we have to say.
        if (!(error instanceof Fault) || error.failure.code !== "journal-moved" || tries > 100)
          throw error;
        take(await journal.read(run, state.seq));
      }
    }
  };

  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const turn = tail.then(act);
    tail = turn.catch((error: unknown) => (broken ??= error));
    return turn;
  };

  const write = (...events: Event[]) =>
    inTurn(async () => {
      if (broken !== undefined) throw broken;
      const all = [...mentioned.splice(0), ...events];
      if (all.length > 0) await append(all);
    });

  return {
    state,
    write,
    mention(event) {
      mentioned.push(event);
      // A rejected write is remembered in `broken` and told to whoever writes next.
      if (mentioned.length === 1) write().catch(() => undefined);
    },
    catchUp: () => inTurn(async () => take(await journal.read(run, state.seq))),
    get broken() {
      return broken;
    },
  };
}
