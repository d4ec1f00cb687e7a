import type { Entry } from "../../model/event.ts";
import { doing } from "../line.ts";

export interface Section {
  readonly name: string;
  readonly title: string;
}

/**
 * Which part of the log begins before an entry, and which ends behind it: one for each attempt. Parts cannot lie within
 * each other, so what runs beside an open one stays in it.
 */
export function sections(): {
  take(entry: Entry): { readonly opens?: Section; readonly closes?: Section };
  readonly open: Section | undefined;
} {
  let open: Section | undefined;
  return {
    get open() {
      return open;
    },
    take({ event }) {
      if (!("attempt" in event)) return {};
      const name = `${event.step}_${event.phase}_${event.attempt}`;
      if (event.kind === "attempt-started" && open === undefined) {
        open = { name, title: `${event.step}${doing(event.phase)}` };
        return { opens: open };
      }
      const isEnd = event.kind === "attempt-ended" || event.kind === "attempt-lost";
      if (!isEnd || open?.name !== name) return {};
      const closes = open;
      open = undefined;
      return { closes };
    },
  };
}
