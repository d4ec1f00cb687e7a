import { expect, test } from "vitest";
import type { Docker } from "./docker.ts";
import { imagesHere } from "./images-here.ts";

const ACT = { signal: AbortSignal.timeout(30_000), timeoutMs: 1_000, say: () => {} };
const line = (id: string) => `{"id":"${id}","tags":[],"digests":[],"config":null}\n`;

/** An engine with these images, which calls a missing one as it likes. */
function engine(has: Readonly<Record<string, string>>, call: (name: string) => string) {
  const look: Docker["look"] = ([, , , , ...names]) => {
    const missing = names.filter((name) => has[name] === undefined);
    const stdout = names.flatMap((name) => (has[name] ? line(has[name]) : [])).join("");
    const tail = missing.map((name) => `Error: No such image: ${call(name)}\n`).join("");
    const ended = { how: "exit", code: missing.length === 0 ? 0 : 1 } as const;
    return Promise.resolve({ ended, stdout, tail: stdout + tail, durationMs: 1 });
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else is asked of it here
  return { docker: { look } as Docker };
}

test.each([
  ["as it was asked for", (name: string) => name],
  ["with the tag that it has by itself", (name: string) => `${name}:latest`],
  ["by its whole name", (name: string) => `docker.io/library/${name}:latest`],
])("knows which images are not there when docker calls them %s", async (_, call) => {
  const setting = engine({ web: "sha256:1", db: "sha256:3" }, call);
  const found = await imagesHere(setting, ["web", "shop-web", "db", "web"], ACT);
  expect([...found].map(([name, { id }]) => [name, id])).toEqual([
    ["web", "sha256:1"],
    ["db", "sha256:3"],
  ]);
});
