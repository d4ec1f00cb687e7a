import { expect, test } from "vitest";
import { readTop } from "../docker-top.ts";
import type { Stored } from "./stored.ts";
import { beyond } from "./tidy.ts";

function stored(id: string, accepted: boolean, servedAt?: number): Stored {
  return {
    release: { id, name: id },
    compose: "v2",
    services: {},
    secrets: [],
    files: [],
    accepted,
    ...(servedAt !== undefined && { servedAt }),
  };
}

test("forgets what is beyond, never the accepted one before", () => {
  // As they are read: the one that served last first.
  const all = [
    stored("now", true, 9),
    stored("failed", false, 8),
    stored("before", true, 7),
    stored("old", true, 6),
    stored("never", false),
  ];
  const gone = (keep: number) => beyond(all, "now", keep).map(({ release }) => release.id);
  expect(gone(2)).toEqual(["failed", "old", "never"]);
  expect(gone(3)).toEqual(["old", "never"]);
  expect(gone(5)).toEqual([]);
});

test("reads what docker tells of processes", () => {
  const told =
    "PID                 RSS                 TIME\n812   10240   00:01:02\n9 1 1-00:00:01\n";
  expect(readTop("web", told)).toEqual([
    { part: "web", pid: 812, memoryBytes: 10_485_760, cpuMs: 62_000 },
    { part: "web", pid: 9, memoryBytes: 1_024, cpuMs: 86_401_000 },
  ]);
});
