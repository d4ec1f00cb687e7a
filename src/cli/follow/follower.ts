import type { Entry } from "../../model/event.ts";

/** Shows a run as it goes; one of several ways. Disposing takes away whatever was only shown for the time being. */
export interface Follower extends Disposable {
  entry(entry: Entry): void;
  /** A word from outside of the run, ended by a newline, that must not be mixed up with what is shown. */
  say(text: string): void;
}
