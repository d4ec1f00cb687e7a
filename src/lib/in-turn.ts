/** Lets asynchronous acts happen one after the other, in the order in which they were asked for. */
export interface Turns {
  /** Resolves or rejects as the act does; a rejected act does not stop the next one. */
  take<T>(act: () => Promise<T>): Promise<T>;
}

export function inTurn(): Turns {
  let tail: Promise<unknown> = Promise.resolve();
  return {
    take(act) {
      const turn = tail.then(act);
      tail = turn.catch(() => undefined);
      return turn;
    },
  };
}
