import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createControl } from "./control.ts";
import type { Switch } from "./route.ts";

const orders: Switch[] = [];
const control = () =>
  createControl(
    {
      state: () => ({ pid: 7, host: "127.0.0.1", port: 80, idleMs: 1, inFlight: {} }),
      switch: async (order) => {
        orders.push(order);
        return order.fence === 1 ? { stale: 9 } : {};
      },
      leave: () => orders.push({}),
    },
    "right",
  );
let server: ReturnType<typeof control>;
let base: string;

beforeEach(async () => {
  orders.length = 0;
  server = control().listen(0, "127.0.0.1");
  await once(server, "listening");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.close();
  await once(server, "close");
});

test.each([
  ["a stranger learns nothing", "GET", "/", "wrong", undefined, 401, 0],
  ["a stranger switches nothing", "PUT", "/route", "wrong", "{}", 401, 0],
  ["the owner is told the state", "GET", "/", "right", undefined, 200, 0],
  ["the owner switches", "PUT", "/route", "right", "{}", 200, 1],
  ["an owner that was replaced is refused", "PUT", "/route", "right", '{"fence":1}', 409, 1],
  ["the owner sends it away", "POST", "/leave", "right", undefined, 202, 1],
  ["an order that is no order is refused", "PUT", "/route", "right", "{", 500, 0],
  ["an order without end is refused", "PUT", "/route", "right", " ".repeat(70_000), 500, 0],
  ["anything else is unknown", "DELETE", "/route", "right", undefined, 404, 0],
])("%s", async (_, method, path, token, body, status, count) => {
  const response = await fetch(base + path, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body && { body }),
  });
  await response.text();
  expect([response.status, orders.length]).toEqual([status, count]);
});
