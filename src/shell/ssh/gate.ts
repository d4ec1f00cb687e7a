/** Lets so many in at once; the others wait in the order in which they came. */
export type Gate = <T>(act: () => Promise<T>) => Promise<T>;

export function openGate(places: number): Gate {
  let free = places;
  const waiting: (() => void)[] = [];
  return async (act) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => void waiting.push(resolve));
    try {
      return await act();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
