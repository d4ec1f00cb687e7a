import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { EXIT, EXIT_MEANINGS } from "../src/model/exit.ts";

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

test("the guide says of every exit code what the program says", () => {
  const rows = EXIT_MEANINGS.map(
    ({ code, means, environment }) => `| ${code} | ${means} | ${environment} |`,
  );
  expect(read("docs/guide/exit-codes.md")).toContain(`\n${rows.join("\n")}\n\n`);
});

test("every exit code has a meaning, and no other has", () => {
  expect(EXIT_MEANINGS.map(({ code }) => code)).toEqual(
    Object.values(EXIT).toSorted((a, b) => a - b),
  );
});

test.each([
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "docs/guide/index.md",
  "docs/decisions/README.md",
])("every file that %s links to is there", (page) => {
  const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link]) => link ?? "");
  const folder = page.includes("/") ? page.slice(0, page.lastIndexOf("/") + 1) : "";
  const missing = links.filter((link) => {
    try {
      return !/\/$/.test(link) && read(folder + link) === "";
    } catch {
      return true;
    }
  });
  expect(missing).toEqual([]);
});

test("the map stays short enough to be read", () => {
  expect(read("ARCHITECTURE.md").split("\n").length).toBeLessThanOrEqual(120);
});
