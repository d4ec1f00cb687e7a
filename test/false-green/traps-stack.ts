import type { Driver, Part } from "../../src/ports/driver.ts";
import type { Difference, Image, Images } from "../../src/ports/images.ts";
import type { Scene, Trap } from "./trap.ts";

const before = "- checkout: { tag: v2, repo: app.git }";
const V2 = "v2+2222222";
const part = (more: Partial<Part> = {}): Part => ({
  name: "web",
  release: V2,
  state: "running",
  healthy: true,
  restarts: 0,
  ...more,
});
const parts = (...all: readonly Part[]): Pick<Scene, "target"> => ({
  target: { current: async () => ({ id: V2, name: "v2" }), state: async () => all },
});

const state = (
  name: string,
  naive: string,
  sides: { readonly trap: Partial<Scene>; readonly honest?: Partial<Scene> },
  says: Trap["says"],
): Trap => ({
  check: "state",
  name,
  naive,
  trap: { before, steps: "- state: web", ...parts(part()), ...sides.trap },
  honest: { ...parts(part()), ...sides.honest },
  says,
});

/** A table of what runs, in which something is not as it seems. */
export const stateTraps: readonly Trap[] = [
  state(
    "The stack has no container",
    "none is unhealthy",
    { trap: parts() },
    "inconclusive state-nothing-runs",
  ),
  state(
    "Its health check fails, and the container runs",
    "`docker ps` shows it as up",
    { trap: parts(part({ healthy: false })) },
    "failed state-not-well",
  ),
  state(
    "One of two ended a moment ago",
    "those that are listed are up",
    { trap: parts(part(), part({ name: "worker", state: "exited" })) },
    "failed state-not-well",
  ),
  state(
    "All must be healthy, and one has nobody who asks",
    "none says that it is unhealthy",
    {
      trap: {
        steps: "- state: { target: web, healthy: all }",
        ...parts({ name: "web", release: V2, state: "running", restarts: 0 }),
      },
    },
    "failed state-not-well",
  ),
  state(
    "Five are wanted, and four are there",
    "each of them is healthy",
    {
      trap: {
        steps: "- state: { target: web, parts: 5 }",
        ...parts(...["a", "b", "c", "d"].map((name) => part({ name }))),
      },
      honest: parts(...["a", "b", "c", "d", "e"].map((name) => part({ name }))),
    },
    "failed state-not-well",
  ),
];

const IMAGE: Image = { part: "web", id: "sha256:1", name: "web:v2", bytes: 1_000 };

/** Builds whose content is the same, but for these. */
function building(...differences: readonly Difference[]): Partial<Driver> {
  const images: Images = {
    build: async () => [IMAGE],
    compare: async () => differences,
    weigh: async () => 1_000,
    push: async () => [],
    send: async () => 0,
    prune: async () => 0,
  };
  return { images };
}

/** A build that ends well. */
export const buildTraps: readonly Trap[] = [
  {
    check: "build",
    name: "Two builds of one commit are not the same, and that was asked for",
    naive: "both ended with exit code 0",
    trap: {
      before,
      steps: "- build: { target: web, reproducible: require }",
      target: building({ part: "web", path: "/app/stamp", is: "different" }),
    },
    honest: { target: building() },
    says: "failed build-not-reproducible",
  },
];
