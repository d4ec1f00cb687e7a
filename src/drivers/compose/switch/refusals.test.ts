import { expect, test } from "vitest";
import type { JsonObject } from "../../../model/json.ts";
import { switchOptions } from "./options.ts";
import { switchRefusals } from "./refusals.ts";

const switches = switchOptions.parse({
  web: { kind: "nginx", proxy: "nginx", port: 8_000, ready: { get: "/health" } },
});

test.each<[string, JsonObject, string | undefined]>([
  ["a plain service", { image: "shop" }, undefined],
  ["a port of any number", { ports: ["8000", { target: 8_000 }] }, undefined],
  ["a fixed port", { ports: ["8000:8000"] }, "fixed port"],
  ["a fixed port as a map", { ports: [{ target: 8_000, published: "80" }] }, "fixed port"],
  ["a name", { container_name: "shop" }, "container_name"],
  ["the host's network", { network_mode: "host" }, "network_mode"],
  ["two containers", { deploy: { replicas: 2 } }, "several containers"],
])("judges a service with %s", (_, web, why) => {
  const [found] = switchRefusals(switches, { web, nginx: {} });
  if (why === undefined) expect(found).toBeUndefined();
  else expect(found?.what).toContain(why);
});

test("refuses a proxy that is no other service", () => {
  expect(switchRefusals(switches, { web: {}, db: {} })).toEqual([
    {
      what: 'The proxy of web, "nginx", is no other service of the compose file.',
      fix: "Name the service that requests come through: one of db.",
    },
  ]);
});
