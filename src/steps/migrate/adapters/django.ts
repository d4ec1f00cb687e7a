import type { DjangoSpec } from "./spec.ts";
import {
  type Adapter,
  type Answer,
  named,
  nothingKnown,
  type Read,
  type Standing,
} from "./adapter.ts";

const LINE = /^\[([ X])\]\s+([^\s.]+\.\S+)/;

/** Django's own migrations. */
export function django({ run, options, connection }: DjangoSpec): Adapter {
  const base = (command: string, ...more: readonly string[]) =>
    [
      ...run,
      command,
      ...more,
      "--no-color",
      ...(connection === undefined ? [] : ["--database", connection]),
      ...options,
    ] as const;
  return {
    status: [call(base("showmigrations", "--plan"))],
    read,
    up: call(base("migrate", "--noinput")),
    reversible: {
      ask: (name) => [call(base("sqlmigrate", ...split(name), "--backwards"))],
      // Some changes can't be written as SQL without the tables that they change: that says nothing about the way back.
      read: ([answer]) =>
        answer?.isFine ? "yes" : answer?.all.includes("IrreversibleError") ? "no" : "unknown",
    },
    down: (before, now) =>
      back(before, now).map(([app, name]) => call(base("migrate", app, name, "--noinput"))),
    downName: "migrate APP MIGRATION-BEFORE",
    isExact: true,
  };
}

function call(words: readonly string[]): readonly [string, ...string[]] {
  const [first = "", ...rest] = words;
  return [first, ...rest];
}

function read([answer]: readonly Answer[]): Read {
  const lines = (answer?.stdout ?? "").split(/\r?\n/).flatMap((line) => {
    const [, mark, name] = LINE.exec(line) ?? [];
    return name === undefined ? [] : [{ isApplied: mark === "X", name }];
  });
  if (lines.length === 0) return nothingKnown("Django", answer?.all ?? "");
  const of = (wanted: boolean) =>
    lines.filter(({ isApplied }) => isApplied === wanted).map(({ name }) => name);
  return { standing: named(of(true), of(false)) };
}

/** For each app that moved, the migration that was its newest before. */
function back(before: Standing, now: Standing): readonly (readonly [string, string])[] {
  const known = new Set(before.applied);
  const moved = (now.applied ?? []).filter((name) => !known.has(name)).toReversed();
  const apps = [...new Set(moved.map((name) => split(name)[0]))];
  return apps.map((app) => {
    const newest = (before.applied ?? []).findLast((name) => split(name)[0] === app);
    return [app, newest === undefined ? "zero" : split(newest)[1]];
  });
}

/** `shop.0002_name` is the migration 0002_name of the app shop. */
function split(name: string): readonly [app: string, migration: string] {
  const dot = name.indexOf(".");
  return [name.slice(0, dot), name.slice(dot + 1)];
}
