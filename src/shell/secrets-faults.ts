import { Fault } from "../model/failure.ts";
import type { Finished } from "../ports/shell.ts";

export interface Absence {
  readonly name: string;
  readonly about: string;
  readonly fix: string;
}

/** One fault for all that are missing, so that a person goes looking once. */
export function missing(absent: readonly Absence[]): Fault {
  const names = absent.map(({ name }) => name).join(", ");
  return new Fault({
    code: "secret-missing",
    what: absent.length === 1 ? `Secret ${names} is missing.` : `Secrets ${names} are missing.`,
    fix: absent
      .map(({ name, about, fix }) => `${name}${about === "" ? "" : ` (${about})`}: ${fix}`)
      .join("\n"),
  });
}

export interface Shortness {
  readonly name: string;
  readonly length: number;
  readonly least: number;
  readonly from: string;
}

export function tooShort(short: readonly Shortness[]): Fault {
  return new Fault({
    code: "secret-too-short",
    what: short
      .map(
        ({ name, length, least, from }) =>
          `Secret ${name} has ${length} characters, the least is ${least} (${from}).`,
      )
      .join(" "),
    fix: `Use a longer value, or lower min_length of ${short.map(({ name }) => name).join(", ")}: a short value is easy to guess and hard to mask.`,
  });
}

export function commandFailed(
  name: string,
  argv: readonly string[],
  ended: Finished["ended"],
): Fault {
  const line = argv.join(" ");
  return new Fault({
    code: "secret-command-failed",
    what: `The command of secret ${name}, ${line}, ${howItEnded(ended)}.`,
    fix: `Run it yourself in the project folder until it prints the value: ${line}`,
  });
}

function howItEnded(ended: Finished["ended"]): string {
  switch (ended.how) {
    case "exit":
      return `ended with exit ${ended.code}`;
    case "signal":
      return `was ended by ${ended.signal}`;
    case "not-started":
      return `could not be started: ${ended.why}`;
    case "out-of-time":
      return "did not end in time";
    case "cancelled":
      return "was cancelled";
  }
}

/** Others could read or swap the file. */
export function unsafe(what: string, fix: string): Fault {
  return new Fault({ code: "secret-unsafe", what, fix });
}

/** There is something, but it can't be a secret's value. */
export function unusable(what: string, fix: string, cause?: unknown): Fault {
  return new Fault({ code: "secret-unusable", what, fix }, cause === undefined ? {} : { cause });
}
