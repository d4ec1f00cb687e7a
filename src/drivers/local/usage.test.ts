import { expect, test } from "vitest";
import { readProc, readPs } from "./usage.ts";

const STAT =
  "4242 (node (web) 1) S 1 4240 4240 0 -1 4194304 100 0 0 0 150 25 0 0 20 0 11 0 12345 1000000 2000 18446744073709551615";

test("reads what Linux tells of a process, whatever its name holds", () => {
  expect(readProc(4242, STAT, "Name:\tnode\nVmRSS:\t   51200 kB\nThreads:\t11\n")).toEqual({
    pid: 4242,
    group: 4240,
    memoryBytes: 52_428_800,
    cpuMs: 1_750,
  });
});

test.each([
  ["gone", "", ""],
  ["a zombie, which has no memory any more", STAT, "Name:\tnode\nState:\tZ (zombie)\n"],
])("tells nothing of a process that is %s", (_, stat, status) => {
  expect(readProc(1, stat, status)).toBeUndefined();
});

test("reads what ps prints on macOS and elsewhere, and leaves out what it can't read", () => {
  const text =
    "  501   500  10240   1:02.50\n  502   500  20 02:00:01\n 7 7 0 1-00:00:00\nps: odd\n";
  expect(readPs(text)).toEqual([
    { pid: 501, group: 500, memoryBytes: 10_485_760, cpuMs: 62_500 },
    { pid: 502, group: 500, memoryBytes: 20_480, cpuMs: 7_201_000 },
    { pid: 7, group: 7, memoryBytes: 0, cpuMs: 86_400_000 },
  ]);
});
