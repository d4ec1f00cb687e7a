import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";
import { identify, show } from "../identity.ts";
import { parseAnswer } from "./answer.ts";
import { type Answer, unpacked } from "./ask.ts";
import { lastAttempt } from "./last-attempt.ts";
import type { Asking } from "./shape.ts";
import { readUnit, showUnit, type UnitSeen } from "./unit-line.ts";

/** What a release said last, and how its units were at that moment: soon after it the one before may be back. */
export interface Seen {
  readonly words: string;
  readonly state: string;
}

/** What a look at a release that comes up has shown. */
export type Judged =
  | { readonly is: "ready" }
  /** It ends again and again, or systemd has given it up. */
  | (Seen & { readonly is: "broken"; readonly why: string })
  | (Seen & {
      readonly is: "waiting";
      readonly why: string;
      /** The last answer, for people. */
      readonly answer?: string;
      /** Who answered in its place. */
      readonly other?: string;
      readonly withinMs?: number;
      readonly get?: string;
    });

/** Judges what a host has said of a release that was started there. */
export function judge(told: Answer, release: Release): Judged {
  const verdict = told.one("verdict") ?? "waiting";
  const { why, ...seen } = seenIn(told);
  const asking = askingIn(told);
  const within = asking?.withinMs === undefined ? {} : { withinMs: asking.withinMs };
  if (/^(?:dying|failed) /.test(verdict)) return { is: "broken", why, ...seen };
  if (verdict !== "up") return { is: "waiting", why, ...seen, ...within };
  if (asking === undefined) return { is: "ready" };
  const text = told.section("answer");
  const answer = text === undefined ? undefined : parseAnswer(text);
  const waiting = { is: "waiting", ...seen, get: asking.get, ...within } as const;
  if (!answer) return { ...waiting, why: `${asking.get} is not answered` };
  const identity = identify(answer, asking, release.name);
  if (identity.is === "meant") return { is: "ready" };
  const shown = { answer: show(answer) };
  if (identity.is === "other")
    return { ...waiting, ...shown, other: identity.name, why: `"${identity.name}" answers` };
  return { ...waiting, ...shown, why: `${asking.get} said: ${identity.why}` };
}

/** How the units are, what they said last, and in words why that is not well. */
export function seenIn(told: Answer): Seen & { readonly why: string } {
  const units = told.all("unit").map(readUnit);
  const [, is, name] = /^(dying|failed) (\S+)/.exec(told.one("verdict") ?? "") ?? [];
  const unit = units.find((each) => each.name === name) ?? mostRestarted(units);
  const all = told.section("words")?.trimEnd() ?? "";
  const { words, ending } = lastAttempt(all, unit, is === "dying");
  const state = units.map(showUnit).join("; ");
  if (is !== "dying" || unit === undefined) return { words, state, why: state };
  const exit = unit.result === "exit-code" ? `with exit code ${unit.exit}` : undefined;
  const how = ending ?? exit;
  const often = `${unit.restarts} ${unit.restarts === 1 ? "restart" : "restarts"}`;
  const why = `${unit.name} kept ending${how === undefined ? "" : ` ${how}`} (${often})`;
  return { words, state, why };
}

function mostRestarted(units: readonly UnitSeen[]): UnitSeen | undefined {
  return units
    .filter(({ restarts }) => restarts > 0)
    .toSorted((a, b) => b.restarts - a.restarts)[0];
}

function askingIn(told: Answer): Asking | undefined {
  const text = told.one("asking");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by shapeText
  return text === undefined ? undefined : (JSON.parse(unpacked(text)) as Asking);
}

/** Fault `release-never-healthy`, with the state of that moment and the unit's own last words. */
export function neverHealthy(
  release: Release,
  { why, answer, ...seen }: Seen & { why: string; answer?: string },
): Fault {
  return new Fault({
    code: "release-never-healthy",
    what: `${release.name} did not become healthy: ${why.replace(/\.$/, "")}.`,
    fix:
      seen.words === ""
        ? "Its journal is empty: see what it waits for before it says anything, and deploy it again."
        : "Read its journal lines, mend the release, and deploy it again.",
    detail: detailOf(seen, answer),
  });
}

/** Fault `release-wrong-identity`. */
export function wrongIdentity(
  release: Release,
  { other, get, answer, ...seen }: Extract<Judged, { is: "waiting" }>,
): Fault {
  return new Fault({
    code: "release-wrong-identity",
    what: `${get} was answered by "${other}", not by ${release.name}.`,
    fix: "Make the application answer its version from RELEASE_NAME, or say in `ready.version` where it does.",
    detail: detailOf(seen, answer),
  });
}

function detailOf({ words, state }: Seen, answer: string | undefined): string {
  return [
    ...(state === "" ? [] : [`at that moment: ${state}`]),
    ...(answer === undefined ? [] : [`last answer: ${answer}`]),
    ...(words === "" ? [] : [words]),
  ].join("\n");
}
