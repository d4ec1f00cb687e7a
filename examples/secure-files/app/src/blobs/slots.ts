import { Refusal } from "../http/refusal.ts";

/** How many downloads may run at the same time; each takes about a megabyte of memory. */
export const MOST = 64;

/** Lets so many in and refuses the next, so that a crowd can't take all memory. */
export interface Slots {
  /** Takes one; what it gives must be called when it is done. */
  take(): () => void;
}

/** Makes slots. */
export function createSlots(most: number = MOST): Slots {
  let taken = 0;
  return {
    take() {
      if (taken >= most) throw new Refusal(503, "Too many downloads", { "retry-after": "1" });
      taken += 1;
      let given = false;
      return () => {
        if (given) return;
        given = true;
        taken -= 1;
      };
    },
  };
}
