import type { Entry } from "../../model/event.ts";

/** Shows a run as it goes; one of several ways. */
export interface Follower extends Disposable {
  entry(entry: Entry): void;
}
