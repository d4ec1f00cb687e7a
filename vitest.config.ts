import { defineConfig } from "vitest/config";

/** Two shelves: `unit` runs in seconds on every change, `slow` uses real processes and takes minutes. */
export default defineConfig({
  test: {
    // Half of the time goes into waiting for disk and processes: both cores of a small machine are worth using.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "test/**/*.test.ts", "examples/**/*.test.ts"],
          exclude: ["**/node_modules/**", "test/integration/**", "**/*.slow.test.ts"],
          // Some start real processes; a busy machine is no reason to fail.
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: "slow",
          include: ["test/integration/**/*.test.ts", "**/*.slow.test.ts"],
          exclude: ["**/node_modules/**"],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
