import path from "node:path";

/** Ends the name of a folder that is still being filled. */
export const PARTIAL = ".partial";

/** Where things are in a target's folder. */
export interface Layout {
  readonly folder: string;
  readonly releases: string;
  /** What outlives releases. */
  readonly shared: string;
  readonly logs: string;
  readonly fence: string;
  /** Which release the front door leads to; written by the front door alone. */
  readonly route: string;
  /** How to talk to the running front door; readable by its owner alone. */
  readonly door: string;
  readonly doorLog: string;
  release(id: string): string;
  partial(id: string): string;
  /** What is known about a staged release. */
  record(id: string): string;
  /** Which files were copied, one `size path` per line. */
  files(id: string): string;
  logsOf(id: string): string;
  log(id: string, process: string): string;
}

/** Where things are in a target's folder; `shared` may be somewhere else. */
export function layout(folder: string, shared = path.join(folder, "shared")): Layout {
  const at = (...parts: string[]) => path.join(folder, ...parts);
  return {
    folder,
    releases: at("releases"),
    shared,
    logs: at("logs"),
    fence: at("fence"),
    route: at("route.json"),
    door: at("door.json"),
    doorLog: at("logs", "front-door.log"),
    release: (id) => at("releases", id),
    partial: (id) => at("releases", `${id}${PARTIAL}`),
    record: (id) => at("releases", `${id}.json`),
    files: (id) => at("releases", `${id}.files`),
    logsOf: (id) => at("logs", id),
    log: (id, process) => at("logs", id, `${process}.log`),
  };
}
