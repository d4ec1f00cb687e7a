/** Lines for people: time, level, what happened, and facts as `key=value`. */
export interface Log {
  info(what: string, facts?: Facts): void;
  warning(what: string, facts?: Facts): void;
  error(what: string, facts?: Facts): void;
}

type Facts = Readonly<Record<string, string | number | undefined>>;

/** Makes a log; `write` gets whole lines. */
export function createLog(write: (line: string) => void, now: () => number): Log {
  const line = (level: string, what: string, facts: Facts = {}): void => {
    const words = Object.entries(facts).map(([key, value]) => ` ${key}=${show(value)}`);
    write(`${new Date(now()).toISOString()} ${level.padEnd(7)} ${what}${words.join("")}\n`);
  };
  return {
    info: (what, facts) => line("INFO", what, facts),
    warning: (what, facts) => line("WARNING", what, facts),
    error: (what, facts) => line("ERROR", what, facts),
  };
}

// In quotes unless it is plain, so that nobody can write a line of their own into the log.
function show(value: string | number | undefined): string {
  const text = String(value);
  return /^[\w./:@-]+$/.test(text) ? text : JSON.stringify(text);
}
