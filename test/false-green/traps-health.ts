import { html, json, type Scene, type Trap } from "./trap.ts";

const before = `- checkout: { tag: v2, repo: app.git }`;
const quick = "tries: 2, interval: 10ms, timeout: 1s";
const asks = (more = ""): string => `- health: { get: /health, ${quick}${more} }`;
const NEW = json({ status: "ok", version: "v2" });
const OLD = json({ status: "ok", version: "v1" });
const health = (
  name: string,
  naive: string,
  scenes: { readonly trap: Partial<Scene>; readonly honest?: Partial<Scene> },
  says: Trap["says"],
): Trap => ({
  check: "health",
  name,
  naive,
  trap: { before, steps: asks(), serve: NEW, ...scenes.trap },
  honest: { serve: NEW, ...scenes.honest },
  says,
});

/** Something answers, and it is not the release, or not well. */
export const healthTraps: readonly Trap[] = [
  health(
    "The old release answers 200",
    "status 200",
    { trap: { serve: OLD } },
    "failed health-wrong-release",
  ),
  health(
    "Another program has the port and answers 200",
    "status 200",
    { trap: { serve: html("<h1>It works!</h1>") } },
    "failed health-wrong-release",
  ),
  health(
    "The new release's name is the beginning of the one that answers",
    "the body contains `v2`",
    { trap: { serve: json({ status: "ok", version: "v2-rc1" }) } },
    "failed health-wrong-release",
  ),
  health(
    "The old release answers, and its list of known releases names the new one",
    "the body contains `v2`",
    {
      trap: {
        steps: asks(", identity: { json: $.version }"),
        serve: json({ version: "v1", known: ["v1", "v2"] }),
      },
    },
    "failed health-wrong-release",
  ),
  health(
    "Half of the instances are still the old release",
    "one of several tries is green",
    {
      trap: {
        steps: "- health: { get: /health, tries: 6, interval: 5ms, successes: 3 }",
        serve: (_, nth) => (nth % 2 === 0 ? NEW : OLD),
      },
    },
    "failed health-wrong-release",
  ),
  health(
    "A login page answers in place of the health page",
    "the redirect is followed to 200",
    {
      trap: {
        serve: (path) =>
          path === "/login"
            ? html("Sign in to v2")
            : { status: 302, headers: { location: "/login" } },
      },
    },
    "failed health-never-passed",
  ),
  health(
    "Status 200, and the body says that the database is down",
    "status 200",
    {
      trap: {
        steps: asks(", expect: { json: { $.status: ok } }"),
        serve: json({ status: "degraded", version: "v2" }),
      },
    },
    "failed health-never-passed",
  ),
  health(
    "An error page of the new release comes with 200",
    "status 200",
    {
      trap: {
        steps: asks(", expect: { json: { $.status: ok } }"),
        serve: html("v2: Internal Server Error"),
      },
    },
    "failed health-never-passed",
  ),
  health(
    "The health page is cut off",
    "the status line came",
    { trap: { serve: { ...NEW, short: 50 } } },
    "failed health-never-passed",
  ),
  health(
    "One of two services was never started",
    "the first one answers",
    {
      trap: {
        steps: `- health: { services: { api: /health, db: "http://127.0.0.1:1/health" }, ${quick} }`,
      },
      honest: { steps: `- health: { services: { api: /health, db: /health }, ${quick} }` },
    },
    "failed health-never-passed",
  ),
  health(
    "The expectation is misspelt",
    "an unknown key is ignored",
    {
      trap: { steps: asks(", expects: { json: { $.status: ok } }") },
      honest: { steps: asks(", expect: { json: { $.status: ok } }") },
    },
    "refused unknown-key",
  ),
  health(
    "The expectation holds for every answer",
    "a pattern that matches empty text",
    {
      trap: { steps: asks(`, expect: { body: { matches: "(ok)*" } }`) },
      honest: { steps: asks(`, expect: { body: { matches: "ok" } }`) },
    },
    "refused step-refused",
  ),
  health(
    "The plan deploys no release, and the answer's name is to be compared with it",
    "nothing to compare with, status 200",
    {
      trap: { before: "", steps: asks(", identity: { json: $.version }") },
      honest: { before },
    },
    "inconclusive health-no-release",
  ),
];
