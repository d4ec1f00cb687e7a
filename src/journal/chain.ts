import { canonicalJson } from "../lib/canonical.ts";
import { sha256 } from "../lib/digest.ts";
import type { Entry, Event } from "../model/event.ts";

/** What the first entry of a run is linked to. */
export const BEGINNING = "0".repeat(64);

/** An entry with its event still as canonical JSON, as it is stored. */
export interface Link {
  readonly run: string;
  readonly seq: number;
  readonly at: string;
  readonly event: string;
  readonly previous: string;
  readonly hash: string;
}

/** Where a run's chain stands: how many entries, and the hash of the last one. */
export interface Head {
  readonly run: string;
  readonly length: number;
  readonly hash: string;
}

/** The links that these events become behind `head`. */
export function chain(head: Head, at: string, events: readonly Event[]): readonly Link[] {
  const links: Link[] = [];
  let previous = head.hash;
  for (const [index, event] of events.entries()) {
    const link = {
      run: head.run,
      seq: head.length + index + 1,
      at,
      event: canonicalJson(event),
      previous,
    };
    previous = hashOf(link);
    links.push({ ...link, hash: previous });
  }
  return links;
}

/** The entry as readers see it; always parsed back, so that a writer sees what a reader will. */
export function entryOf({ run, seq, at, event, previous, hash }: Link): Entry {
  // The hash has said that this is the text of an event that we wrote.
  const parsed: Event = JSON.parse(event);
  return { run, seq, at, event: parsed, previous, hash };
}

/** What is wrong with this link behind that head, or undefined. */
export function flawOf(link: Link, head: Head): string | undefined {
  const expected = head.length + 1;
  if (link.seq !== expected) return `entry ${expected} is missing`;
  if (link.previous !== head.hash) return `entry ${expected} is not linked to the one before it`;
  if (hashOf(link) !== link.hash) return `the hash of entry ${expected} does not fit its content`;
  return undefined;
}

function hashOf({ previous, run, seq, at, event }: Omit<Link, "hash">): string {
  return sha256(`${previous}\n${run}\n${seq}\n${at}\n${event}`);
}
