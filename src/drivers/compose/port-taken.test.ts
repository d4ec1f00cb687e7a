import { expect, test } from "vitest";
import { portIn, whose } from "./port-taken.ts";

test.each([
  [
    "Error starting userland proxy: listen tcp4 127.0.0.1:8080: bind: address already in use",
    "8080",
  ],
  ["endpoint shop (1f): Bind for 0.0.0.0:80 failed: port is already allocated", "80"],
  ["Bind for :::443 failed: port is already allocated", "443"],
  ["listen udp4 0.0.0.0:53: bind: address already in use", "53"],
  ["listen tcp4 10.0.0.9:80: bind: cannot assign requested address", undefined],
  ["the name is already in use by container 1f", undefined],
])("the port in: %s", (words, port) => {
  expect(portIn(words)).toBe(port);
});

test.each([
  [[], "something that is no container of this engine", "ss -ltnp sport = :80"],
  [
    [["blog-web-1", "blog", "web"]],
    "the container blog-web-1 (stack blog)",
    "docker stop blog-web-1",
  ],
  [[["proxy", "", ""]], "the container proxy", "docker stop proxy"],
  [[["shop-a-1", "shop", "a"]], "a of the same stack", "port of its own"],
] as const)("whose port it is: %j", (holding, who, fix) => {
  const told = whose(
    holding.map(([container, project, service]) => ({ container, project, service })),
    { name: "shop", port: "80" },
  );
  expect(told).toEqual({ who, fix: expect.stringContaining(fix) });
});
