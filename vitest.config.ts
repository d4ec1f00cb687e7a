import { defineConfig } from "vitest/config";

// Machines of a CI are shared: a test with real processes may meet a moment without any processor. It is tried once more
// there, which the output shows; at home it fails.
const retry = process.env["CI"] === undefined ? 0 : 1;

/** What deploys to hosts over ssh: the lab's own. The contract of driver `docker` is with the engine's tests, so that both shelves take equally long. */
const hosts = "test/lab/{*-hosts,hosts-*,ssh-*,systemd*,docker,key,send,plain-linux}.lab.test.ts";

/**
 * Four shelves: `unit` runs in seconds on every change, `slow` uses real processes and takes minutes, `lab` a real Docker
 * engine and `hosts` real machines with sshd and systemd in containers of it (test/lab/up).
 */
export default defineConfig({
  test: {
    // Half of the time goes into waiting for disk and processes: both cores of a small machine are worth using.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "test/**/*.test.ts", "examples/**/*.test.ts"],
          exclude: [
            "**/node_modules/**",
            "test/integration/**",
            "**/*.slow.test.ts",
            "**/*.lab.test.ts",
          ],
          // Some start real processes; a busy machine is no reason to fail.
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: "slow",
          include: ["test/integration/**/*.test.ts", "**/*.slow.test.ts"],
          exclude: ["**/node_modules/**", "**/*.lab.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          retry,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "lab",
          include: ["**/*.lab.test.ts"],
          exclude: ["**/node_modules/**", hosts],
          // Fails at once, with what to do, where there is no lab.
          globalSetup: ["test/lab/rig/there-is-a-lab.ts"],
          testTimeout: 300_000,
          hookTimeout: 180_000,
          retry,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "hosts",
          include: [hosts],
          globalSetup: ["test/lab/rig/there-is-a-lab.ts"],
          testTimeout: 300_000,
          hookTimeout: 180_000,
          retry,
          fileParallelism: false,
        },
      },
    ],
  },
});
