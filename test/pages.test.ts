import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { drivers } from "../src/drivers/index.ts";
import { EXIT, EXIT_MEANINGS } from "../src/model/exit.ts";
import { checkProject } from "../src/plan/check-project.ts";
import { readProject } from "../src/plan/read-project.ts";
import { steps } from "../src/steps/index.ts";

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
  "docs/guide/ci.md",
  "docs/guide/criteria.md",
  "docs/guide/going-back.md",
  "docs/guide/interrupted.md",
  "docs/guide/record.md",
  "docs/decisions/README.md",
])("every file that %s links to is there", (page) => {
  const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link]) => link ?? "");
  const folder = page.includes("/") ? page.slice(0, page.lastIndexOf("/") + 1) : "";
  const missing = links.filter((link) => {
    try {
      return !link.endsWith("/") && read(folder + link) === "";
    } catch {
      return true;
    }
  });
  expect(missing).toEqual([]);
});

const SCENARIO = `scenario: Buy something
steps: [{ name: Ask, get: "\${env.url}/", expect: { status: 200 } }]
`;

test.each(["README.md", "docs/guide/project-file.md"])(
  "the project file that %s shows has nothing wrong with it",
  (page) => {
    const text = /^```yaml\n([^]*?)^```$/m.exec(read(page))?.[1] ?? "";
    const files = {
      read: (name: string) => (name === "buy-something.yaml" ? SCENARIO : undefined),
    };
    const project = readProject({ text, path: page, files }, { kinds: steps, drivers });
    expect(project.diagnostics).toEqual([]);
    expect(project.ok && checkProject(project.value)).toEqual([]);
  },
);

test("the map stays short enough to be read", () => {
  expect(read("ARCHITECTURE.md").split("\n").length).toBeLessThanOrEqual(120);
});
