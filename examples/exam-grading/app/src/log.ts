/** One line of JSON per event, for machines to search. */
export interface Log {
  info(event: string, facts?: Readonly<Record<string, unknown>>): void;
  warn(event: string, facts?: Readonly<Record<string, unknown>>): void;
  error(event: string, facts?: Readonly<Record<string, unknown>>): void;
}

/** Makes a log; `write` gets whole lines. */
export function createLog(write: (line: string) => void, now: () => number): Log {
  const line = (
    level: string,
    event: string,
    facts: Readonly<Record<string, unknown>> = {},
  ): void =>
    write(`${JSON.stringify({ time: new Date(now()).toISOString(), level, event, ...facts })}\n`);
  return {
    info: (event, facts) => line("INFO", event, facts),
    warn: (event, facts) => line("WARNING", event, facts),
    error: (event, facts) => line("ERROR", event, facts),
  };
}
