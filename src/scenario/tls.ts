import { readFileSync, statSync } from "node:fs";
import { Fault } from "../model/failure.ts";
import type { Tls } from "../ports/http.ts";
import { answerText } from "./answer.ts";
import type { Answers } from "./answer.ts";
import type { Scenario, TlsFiles } from "./model.ts";

const MOST_BYTES = 1_048_576;
const PARTS = ["ca", "certificate", "key"] as const;

/** Whom to trust and who we are, read when the scenario runs: a private key is never a part of a plan. Fault `scenario-no-key`. */
export function readTls(scenario: Scenario, by: Omit<By, "scenario">): Tls | undefined {
  const { tls } = scenario;
  if (tls === undefined) return undefined;
  const parts = PARTS.flatMap((part) => {
    const text = tls[part];
    return text === undefined ? [] : [[part, pemOf(part, text, { ...by, scenario })] as const];
  });
  const name = tls.serverName === undefined ? undefined : answerText(tls.serverName, by.answers);
  return {
    ...Object.fromEntries(parts),
    ...(name?.ok === true ? { serverName: name.value } : {}),
  };
}

interface By {
  readonly answers: Answers;
  /** Absolute path of a file in the scenario's own folder. */
  readonly fixture: (path: string) => string | undefined;
  readonly scenario: Scenario;
}

function pemOf(part: keyof TlsFiles, text: string, { answers, fixture, scenario }: By): string {
  const answered = answerText(text, answers);
  if (!answered.ok) throw noKey(part, `nobody knows \${${answered.missing.join("}, ${")}}`);
  if (answered.value.includes("-----BEGIN ")) return answered.value;
  const path = fixture(answered.value);
  // What was looked up may be a secret, so only what is written is named.
  if (path === undefined) throw noKey(part, `there is no file ${text} beside ${scenario.file}`);
  if (statSync(path).size > MOST_BYTES) throw noKey(part, `${text} is longer than 1 MiB`);
  const pem = readFileSync(path, "utf8");
  if (!pem.includes("-----BEGIN ")) throw noKey(part, `${text} is not a PEM file`);
  return pem;
}

function noKey(part: string, why: string): Fault {
  return new Fault({
    code: "scenario-no-key",
    what: `\`tls.${part}\` cannot be used: ${why}.`,
    fix: "Give a PEM file beside the scenario, or a secret that holds its text.",
  });
}
