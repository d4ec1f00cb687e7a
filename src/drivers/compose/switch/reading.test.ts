import { expect, test } from "vitest";
import { readAnswer } from "./ask.ts";
import { readContainers } from "./containers.ts";
import { countOpen } from "./drain.ts";
import { readServers, readStats } from "./haproxy.ts";
import { countAnswers, keptMs, readLink } from "./nginx.ts";

test.each([
  ["/etc/seaworthy/web.to/shop-web-2:8000\n", "shop-web-2"],
  ["/etc/seaworthy/web.to/web:8000", "web"],
  ["", undefined],
])("reads where nginx's link %j leads", (text, host) => {
  expect(readLink(text)).toBe(host);
});

test.each([
  ["  resolver 127.0.0.11 valid=2s ipv6=off;", 2_000],
  ["resolver 127.0.0.11 valid=2s;\nresolver 10.0.0.2 valid=10s;", 10_000],
  ["resolver 127.0.0.11 valid=2s;\nresolver 10.0.0.2;", undefined],
  ["# resolver 127.0.0.11 valid=2s;", undefined],
])("reads for how long nginx keeps names from %j", (config, ms) => {
  expect(keptMs(config)).toBe(ms);
});

test("counts what nginx answered itself", () => {
  const log = [
    '172.20.0.1 - - [21/Nov/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "hey"',
    '172.20.0.1 - - [21/Nov/2026:12:00:00 +0000] "POST /x HTTP/1.1" 502 157 "-" "hey"',
    '172.20.0.1 - - [21/Nov/2026:12:00:00 +0000] "GET /502 HTTP/1.1" 404 0 "-" "hey"',
    "nginx: signal process started",
  ].join("\n");
  expect(countAnswers(log)).toEqual({ requests: 3, lost: 1 });
  expect(countAnswers("no format that is known\n")).toBeUndefined();
});

test("reads HAProxy's servers and counters", () => {
  const state =
    "1\n# be_id be_name srv_id srv_name srv_addr\n3 web 1 live 172.22.0.3 2 0 1 1 7\n\n";
  expect(readServers(state)).toEqual([{ backend: "web", name: "live", address: "172.22.0.3" }]);
  expect(readServers("Can't find backend.\n")).toEqual([]);
  const stats = "# pxname,svname,stot,econ,eresp,req_tot,\nweb,live,7,1,1,,\nweb,BACKEND,9,1,2,,\n";
  expect(readStats(stats, "web")).toEqual({ requests: 9, lost: 3 });
  expect(readStats(stats, "api")).toBeUndefined();
});

test("counts the open connections to one address and port", () => {
  const table = [
    "  sl  local_address rem_address   st",
    "   0: 00000000:0050 00000000:0000 0A",
    "   1: 020014AC:D2F0 030014AC:1F40 01",
    "   2: 020014AC:D2F2 030014AC:1F40 06",
    "   3: 020014AC:D2F4 030014AC:1F41 01",
    "   4: 020014AC:D2F6 040014AC:1F40 01",
  ].join("\n");
  expect(countOpen(table, ["172.20.0.3"], 8_000)).toBe(1);
  expect(countOpen(table, ["172.20.0.3", "172.20.0.4"], 8_000)).toBe(2);
});

test("reads an answer as it came", () => {
  const answer = readAnswer('HTTP/1.1 200 OK\r\nX-Release: v2\r\n\r\n{"version":"v2"}\r\n\r\n');
  expect(answer).toMatchObject({ status: 200, headers: [["X-Release", "v2"]] });
  expect(new TextDecoder().decode(answer?.body)).toBe('{"version":"v2"}\r\n\r\n');
  expect(readAnswer("curl: (7) Failed to connect")).toBeUndefined();
});

test("reads containers, the oldest first", () => {
  const json = JSON.stringify([
    raw("web-2", "2026-11-21T12:00:01Z"),
    raw("web-1", "2026-11-21T12:00:00Z", "healthy"),
  ]);
  expect(readContainers(json)).toMatchObject([
    { name: "web-1", hash: "abc", release: "v1+1", health: "healthy", addresses: ["172.20.0.2"] },
    { name: "web-2" },
  ]);
  expect(readContainers(json)[1]).not.toHaveProperty("health");
  expect(readContainers("")).toEqual([]);
});

function raw(name: string, created: string, health?: string) {
  return {
    Id: name,
    Name: `/${name}`,
    Created: created,
    RestartCount: 0,
    State: { Status: "running", ExitCode: 0, ...(health && { Health: { Status: health } }) },
    Config: { Labels: { "com.docker.compose.config-hash": "abc", "seaworthy.release": "v1+1" } },
    NetworkSettings: { Networks: { a: { IPAddress: "172.20.0.2" }, b: { IPAddress: "" } } },
  };
}
