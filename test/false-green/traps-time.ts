import type { Part } from "../../src/ports/driver.ts";
import { json, type Scene, type Trap } from "./trap.ts";

const part = (more: Partial<Part> = {}): Part => ({
  name: "web",
  release: "v2+2222222",
  state: "running",
  healthy: true,
  restarts: 0,
  ...more,
});

/** A target whose parts are these at each look, the first being 1. */
const looks = (parts: (look: number) => readonly Part[]): Pick<Scene, "target"> => {
  let look = 0;
  return { target: { state: async () => parts(++look) } };
};
const steady = (): Pick<Scene, "target"> => looks(() => [part()]);
const before = "- checkout: { tag: v2, repo: app.git }";
const watch = (more = ""): string =>
  `- stability: { target: web, for: 1200ms, every: 400ms${more} }`;
const NEW = json({ version: "v2" });

const stability = (
  name: string,
  naive: string,
  sides: { readonly trap: Partial<Scene>; readonly honest?: Partial<Scene> },
  says: Trap["says"],
): Trap => ({
  check: "stability",
  name,
  naive,
  trap: { before, steps: watch(), serve: NEW, ...steady(), ...sides.trap },
  honest: { serve: NEW, ...steady(), ...sides.honest },
  says,
});

/** A watch that sees nothing, or not what happened in between. */
export const stabilityTraps: readonly Trap[] = [
  stability(
    "Nothing runs at all",
    "nothing has restarted",
    { trap: looks(() => []) },
    "inconclusive stability-nothing-runs",
  ),
  stability(
    "Only the release before runs",
    "a process runs, and has not restarted",
    { trap: looks(() => [part({ release: "v1+1111111" })]) },
    "inconclusive stability-nothing-runs",
  ),
  stability(
    "It restarts between two samples, and is well at each",
    "running at each look",
    { trap: looks((look) => [part({ restarts: look < 3 ? 0 : 1 })]) },
    "failed stability-broken",
  ),
  stability(
    "It was started anew, so its restarts count from 0 again",
    "0 restarts are fewer than 3",
    { trap: looks((look) => [part({ restarts: look < 3 ? 3 : 0 })]) },
    "failed stability-broken",
  ),
  stability(
    "It is gone from the third sample on",
    "those that are there are well",
    { trap: looks((look) => (look < 3 ? [part(), part({ name: "worker" })] : [part()])) },
    "failed stability-broken",
  ),
  stability(
    "It runs, and answers as the old release",
    "status 200 at each look",
    {
      trap: {
        steps: watch(", health: /health"),
        serve: (_, nth) => json({ version: nth === 2 ? "v1" : "v2" }),
      },
    },
    "failed stability-broken",
  ),
  stability(
    "Each look takes so long that there are too few",
    "all samples that were taken are well",
    {
      trap: {
        target: {
          state: () => new Promise((resolve) => setTimeout(() => resolve([part()]), 1000)),
        },
      },
    },
    "inconclusive stability-too-few-samples",
  ),
  stability(
    "The time fits one sample",
    "one sample is well",
    {
      trap: { steps: "- stability: { target: web, for: 300ms, every: 400ms }" },
      honest: { steps: watch() },
    },
    "refused step-refused",
  ),
];

const EXAMS =
  "CREATE TABLE exams (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO exams VALUES (1, 'Maths'), (2, 'History')";
const EMPTY = "CREATE TABLE exams (id INTEGER PRIMARY KEY, name TEXT)";
/** A seed that runs this SQL, done once more. */
const again = (sql: string, same = "sqlite: a.db"): Pick<Scene, "steps" | "files"> => ({
  steps: `- twice: { run: [node, seed.cjs], same: [{ ${same} }] }`,
  files: {
    "seed.cjs": `new (require("node:sqlite").DatabaseSync)("a.db").exec(${JSON.stringify(sql)})`,
    "nothing.txt": "",
    "exams.txt": "2 exams\n",
  },
});
const DONE = `- command: ["true"]`;
const IDLE = "INSERT OR IGNORE INTO exams VALUES (1, 'x')";

const twice = (
  name: string,
  naive: string,
  sides: { readonly trap: Partial<Scene>; readonly honest?: Partial<Scene> },
  says: Trap["says"],
): Trap => ({
  check: "twice",
  name,
  naive,
  trap: { before: DONE, ...again(IDLE), databases: { "a.db": EXAMS }, ...sides.trap },
  honest: { databases: { "a.db": EXAMS }, ...sides.honest },
  says,
});

/** A second time that is called harmless. */
export const twiceTraps: readonly Trap[] = [
  twice(
    "All that is compared is empty, before and after",
    "0 rows are as many as 0 rows",
    { trap: { ...again("SELECT 1"), databases: { "a.db": EMPTY } } },
    "inconclusive twice-nothing-there",
  ),
  twice(
    "A row is removed and made anew, so the number is the same",
    "as many rows as before",
    {
      trap: {
        ...again("DELETE FROM exams WHERE id = 2; INSERT INTO exams VALUES (3, 'History')"),
      },
      honest: { ...again(IDLE) },
    },
    "failed twice-changed",
  ),
  twice(
    "The second time fails, and so changes nothing",
    "nothing has changed",
    {
      trap: { ...again("INSERT INTO exams VALUES (1, 'Maths')") },
      honest: { ...again(IDLE) },
    },
    "failed command-failed",
  ),
  twice(
    "The database that is compared is not there",
    "nothing before, nothing after",
    {
      trap: { ...again("SELECT 1", "sqlite: b.db") },
      honest: { ...again(IDLE) },
    },
    "error twice-database",
  ),
  twice(
    "The command that is compared prints nothing",
    "'' is ''",
    {
      trap: again(IDLE, "command: [cat, nothing.txt]"),
      honest: again(IDLE, "command: [cat, exams.txt]"),
    },
    "inconclusive twice-nothing-there",
  ),
];
