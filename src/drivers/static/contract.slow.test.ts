import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { keepsTheDriverContract } from "../../../test/contracts/driver.contract.ts";
import { makeSite, showFolder, staticAct, staticDriver } from "../../../test/rig/static-site.ts";

keepsTheDriverContract("static in a folder here", async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "seaworthy-static-"));
  const server = await showFolder(path.join(folder, "www", "current"));
  const options = {
    folder: "www",
    verify: { url: server.url, within: "500ms", version: { get: "/version.json" } },
  };
  return {
    driver: (given) => staticDriver({ folder, options, fence: given?.fence }),
    act: () => staticAct(),
    source: (says) => makeSite(path.join(folder, "sources", says), says),
    async answers() {
      const response = await fetch(`${server.url}version.json`);
      return response.ok ? ((await response.json()) as { version: string }).version : undefined;
    },
    saysNothing: true,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
});
