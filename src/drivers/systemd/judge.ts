import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";
import { identify, show } from "../identity.ts";
import { parseAnswer } from "./answer.ts";
import { type Answer, unpacked } from "./ask.ts";
import type { Asking } from "./shape.ts";
import { readUnit, showUnit } from "./unit-line.ts";

/** What a look at a release that comes up has shown. */
export type Judged =
  | { readonly is: "ready" }
  /** It ends again and again, or systemd has given it up. */
  | { readonly is: "broken"; readonly why: string; readonly words: string }
  | {
      readonly is: "waiting";
      readonly why: string;
      readonly words: string;
      /** The last answer, for people. */
      readonly answer?: string;
      /** Who answered in its place. */
      readonly other?: string;
      readonly withinMs?: number;
      readonly get?: string;
    };

/** Judges what a host has said of a release that was started there. */
export function judge(told: Answer, release: Release): Judged {
  const verdict = told.one("verdict") ?? "waiting";
  const words = told.section("words")?.trimEnd() ?? "";
  const units = told.all("unit").map((line) => showUnit(readUnit(line)));
  const asking = askingIn(told);
  const within = asking?.withinMs === undefined ? {} : { withinMs: asking.withinMs };
  if (/^(?:dying|failed) /.test(verdict)) return { is: "broken", why: units.join("; "), words };
  if (verdict !== "up") return { is: "waiting", why: units.join("; "), words, ...within };
  if (asking === undefined) return { is: "ready" };
  const text = told.section("answer");
  const answer = text === undefined ? undefined : parseAnswer(text);
  const waiting = { is: "waiting", words, get: asking.get, ...within } as const;
  if (!answer) return { ...waiting, why: `${asking.get} is not answered` };
  const identity = identify(answer, asking, release.name);
  if (identity.is === "meant") return { is: "ready" };
  const shown = { answer: show(answer) };
  if (identity.is === "other")
    return { ...waiting, ...shown, other: identity.name, why: `"${identity.name}" answers` };
  return { ...waiting, ...shown, why: `${asking.get} said: ${identity.why}` };
}

function askingIn(told: Answer): Asking | undefined {
  const text = told.one("asking");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by shapeText
  return text === undefined ? undefined : (JSON.parse(unpacked(text)) as Asking);
}

/** Fault `release-never-healthy`, with the unit's own last words. */
export function neverHealthy(
  release: Release,
  { why, words, answer }: { why: string; words: string; answer?: string },
): Fault {
  return new Fault({
    code: "release-never-healthy",
    what: `${release.name} did not become healthy: ${why.replace(/\.$/, "")}.`,
    fix:
      words === ""
        ? "Its journal is empty: see what it waits for before it says anything, and deploy it again."
        : "Read its journal lines above, mend the release, and deploy it again.",
    detail: answer === undefined ? words : `last answer: ${answer}\n${words}`,
  });
}

/** Fault `release-wrong-identity`. */
export function wrongIdentity(
  release: Release,
  { other, get, answer, words }: Extract<Judged, { is: "waiting" }>,
): Fault {
  return new Fault({
    code: "release-wrong-identity",
    what: `${get} was answered by "${other}", not by ${release.name}.`,
    fix: "Make the application answer its version from RELEASE_NAME, or say in `ready.version` where it does.",
    detail: `last answer: ${answer}\n${words}`,
  });
}
