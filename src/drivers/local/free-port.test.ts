import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { candidates, freePort, isFree } from "./free-port.ts";

test("tries every port below the range of outgoing connections once, beginning with the same one for the same wish", () => {
  const all = [...candidates("a")];
  expect([new Set(all).size, Math.min(...all), Math.max(...all)]).toEqual([10_000, 20_000, 29_999]);
  expect([...candidates("a")][0]).toBe(all[0]);
  expect([...candidates("b")][0]).not.toBe(all[0]);
});

test("passes over a port that somebody has or that was given away", async () => {
  const first = await freePort("free-port.test", "127.0.0.1", new Set());
  const server = createServer().listen(first, "127.0.0.1");
  await once(server, "listening");
  expect(await isFree(first, "127.0.0.1")).toBe(false);
  const second = await freePort("free-port.test", "127.0.0.1", new Set());
  const third = await freePort("free-port.test", "127.0.0.1", new Set([second]));
  expect(new Set([first, second, third]).size).toBe(3);
  server.close();
  await once(server, "close");
  expect(await isFree(first, "127.0.0.1")).toBe(true);
});
