/** What systemd says of one unit. */
export interface UnitSeen {
  readonly name: string;
  /** `active`, `activating`, `inactive`, `failed`, … */
  readonly active: string;
  readonly sub: string;
  /** By systemd itself, since it was last started by somebody. */
  readonly restarts: number;
  /** What systemd calls this run of it. */
  readonly run: string;
  readonly pid: number;
  /** `success`, `exit-code`, `oom-kill`, … */
  readonly result: string;
  readonly exit: number;
}

/** Reads what the scripts say of a unit. */
export function readUnit(line: string): UnitSeen {
  const [name = "", active = "", sub = "", restarts, run = "", pid, result = "", exit] =
    line.split(" ");
  return {
    name,
    active,
    sub,
    restarts: Number(restarts),
    run,
    pid: Number(pid),
    result,
    exit: Number(exit),
  };
}

/** For people: `hub.service is failed, exit-code 3, after 2 restarts`. */
export function showUnit({ name, active, sub, restarts, result, exit }: UnitSeen): string {
  const why = result === "success" || result === "-" ? "" : `, ${result} ${exit}`;
  const often =
    restarts === 0 ? "" : `, after ${restarts} ${restarts === 1 ? "restart" : "restarts"}`;
  return `${name} is ${active === sub ? active : `${active} (${sub})`}${why}${often}`;
}
