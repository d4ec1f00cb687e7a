import type { LogPiece } from "../../src/ports/driver.ts";
import type { Scene, Trap } from "./trap.ts";

const of = (more: string): string => `- logs: { file: app.log, ${more} }`;
const FINE = "2026-11-21 09:00:00 INFO ready\n2026-11-21 09:00:01 INFO GET /items 200\n";
const log = (text: string): Pick<Scene, "files"> => ({ files: { "app.log": text } });

/** A target that has logged this. */
const logged = (...pieces: readonly LogPiece[]): Pick<Scene, "target"> => ({
  target: {
    logMark: async () => ({ at: 0 }),
    async *logsSince() {
      yield* pieces;
    },
  },
});
const target = (more: string): string => `- logs: { target: web, since: all, ${more} }`;

const logs = (
  name: string,
  naive: string,
  sides: { readonly trap: Partial<Scene>; readonly honest?: Partial<Scene> },
  says: Trap["says"],
): Trap => ({
  check: "logs",
  name,
  naive,
  trap: { steps: of('must_not: ["ERROR"]'), ...log(FINE), ...sides.trap },
  honest: { ...log(FINE), ...sides.honest },
  says,
});
const SHORT = "inconclusive logs-too-short";
const marked = (act: string, judge: string): string =>
  `- id: before\n  logs: { file: app.log, mark: true }\n- command: [sh, -c, ${JSON.stringify(act)}]\n- logs: { file: app.log, since: before, ${judge} }`;

/** Logs in which nothing bad is found, for another reason. */
export const logsTraps: readonly Trap[] = [
  logs("The log is empty", "no line has ERROR", { trap: log("") }, SHORT),
  logs(
    "The log is not there",
    "no file, no line has ERROR",
    { trap: { files: {} } },
    "error logs-unreadable",
  ),
  logs(
    "The release has logged nothing since the mark",
    "no new line has ERROR",
    {
      trap: { steps: marked("true", 'must_not: ["ERROR"]') },
      honest: { steps: marked("echo INFO ready >> app.log", 'must_not: ["ERROR"]') },
    },
    SHORT,
  ),
  logs(
    "The line that must be there is from before the mark",
    "it is somewhere in the file",
    {
      trap: { steps: marked("echo INFO hello >> app.log", 'must: ["ready"]') },
      honest: { steps: marked("echo INFO ready >> app.log", 'must: ["ready"]') },
    },
    "failed logs-lack-expected",
  ),
  logs(
    "The log was rotated away after the mark, errors and all",
    "the new file has no ERROR",
    {
      trap: {
        steps: marked(
          "echo ERROR boom >> app.log; rm app.log; echo INFO ready > app.log",
          'must_not: ["ERROR"]',
        ),
      },
      honest: { steps: marked("echo INFO ready >> app.log", 'must_not: ["ERROR"]') },
    },
    "inconclusive logs-lost",
  ),
  logs(
    "The beginning of the target's log is gone",
    "what is left has no ERROR",
    {
      trap: {
        steps: target('must_not: ["ERROR"]'),
        ...logged({ part: "web", text: "INFO ready\n", lost: 4_000 }),
      },
      honest: logged({ part: "web", text: "INFO ready\n" }),
    },
    "inconclusive logs-lost",
  ),
  logs(
    "Only the driver has said something, the application nothing",
    "there is a line, and it has no ERROR",
    {
      trap: {
        steps: target('must_not: ["ERROR"]'),
        ...logged({ part: "front-door", text: "open\n", isDrivers: true }),
      },
      honest: logged({ part: "web", text: "INFO ready\n" }),
    },
    SHORT,
  ),
  logs(
    "Only the release before has logged",
    "its lines have no ERROR",
    {
      trap: {
        before: "- checkout: { tag: v2, repo: app.git }",
        steps: target('must_not: ["ERROR"]'),
        ...logged({ part: "web", release: "v1+1111111", text: "INFO ready\n" }),
      },
      honest: logged({ part: "web", release: "v2+2222222", text: "INFO ready\n" }),
    },
    SHORT,
  ),
  logs(
    "One of two parts is silent",
    "the other one's lines have no ERROR",
    {
      trap: {
        steps: target('parts: [web, worker], must_not: ["ERROR"]'),
        ...logged({ part: "web", text: "INFO ready\n" }),
      },
      honest: logged(
        { part: "web", text: "INFO ready\n" },
        { part: "worker", text: "INFO ready\n" },
      ),
    },
    SHORT,
  ),
  logs(
    "The error's level is only a field of its JSON",
    "no line contains `ERROR`",
    {
      trap: {
        steps: of("levels: { error: 0 }"),
        ...log('{"level":"info","msg":"ready"}\n{"level":50,"msg":"no stock"}\n'),
      },
      honest: log('{"level":"info","msg":"ready"}\n{"level":30,"msg":"ok"}\n'),
    },
    "failed logs-too-many",
  ),
  logs(
    "No line says its level",
    "none of them is an error",
    { trap: { steps: of("levels: { error: 0 }"), ...log("ready\nno stock\n") } },
    "inconclusive logs-no-levels",
  ),
  logs(
    "No entry is of the event whose fields are checked",
    "every one of none has its fields",
    {
      trap: {
        steps: of("entries: [{ where: { event: download }, fields: [actor] }]"),
        ...log('{"event":"login","actor":"ada"}\n'),
      },
      honest: log('{"event":"download","actor":"ada"}\n'),
    },
    "failed logs-lack-entry",
  ),
  logs(
    "The field of the audit entry is there and empty",
    "the key exists",
    {
      trap: {
        steps: of("entries: [{ where: { event: download }, fields: [actor] }]"),
        ...log('{"event":"download","actor":""}\n'),
      },
      honest: log('{"event":"download","actor":"ada"}\n'),
    },
    "failed logs-entry-incomplete",
  ),
  logs(
    "What is excepted is everything",
    "every error is known and harmless",
    {
      trap: {
        steps: of('must_not: ["ERROR"], except: [".*"]'),
        ...log(`${FINE}2026-11-21 09:00:02 ERROR boom\n`),
      },
      honest: { steps: of('must_not: ["ERROR"], except: ["cache is cold"]') },
    },
    "refused step-refused",
  ),
  logs(
    "Nothing is asked of the log",
    "it was read",
    { trap: { steps: of("last: 100") }, honest: { steps: of('must: ["ready"]') } },
    "refused step-refused",
  ),
];
