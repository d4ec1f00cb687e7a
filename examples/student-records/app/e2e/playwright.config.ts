import { defineConfig } from "@playwright/test";

/** Against what serves at BASE_URL; the browser is the one that the machine has. */
// oxlint-disable-next-line import/no-default-export -- Playwright wants it so
export default defineConfig({
  testDir: ".",
  workers: 2,
  fullyParallel: true,
  timeout: 15_000,
  expect: { timeout: 1_500 },
  reporter: [["list"], ["json"]],
  outputDir: process.env["E2E_OUTPUT"] ?? "../../e2e-output",
  use: {
    baseURL: process.env["BASE_URL"] ?? "http://127.0.0.1:8080",
    actionTimeout: 3_000,
    launchOptions: { executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium" },
  },
});
