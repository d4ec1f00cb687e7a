import { expect, test } from "vitest";
import { distrustForwarded, stripUpgrade } from "./headers.ts";

test.each([
  ["127.0.0.1", true],
  ["::1", true],
  ["::ffff:127.0.0.1", true],
  ["192.0.2.7", false],
  ["::ffff:192.0.2.7", false],
  [undefined, false],
])("what a client at %s says about its origin is believed: %s", (remoteAddress, believed) => {
  const headers: Record<string, string> = {
    "x-forwarded-for": "203.0.113.9",
    forwarded: "for=x",
    host: "a",
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only the address is looked at
  distrustForwarded({ headers, socket: { remoteAddress } } as Parameters<
    typeof distrustForwarded
  >[0]);
  expect(Object.keys(headers)).toEqual(
    believed ? ["x-forwarded-for", "forwarded", "host"] : ["host"],
  );
});

test("a request without an upgrade keeps its connection header", () => {
  const request = { headers: { connection: "keep-alive" } };
  stripUpgrade(request);
  expect(request.headers).toEqual({ connection: "keep-alive" });
});
