import { keepsTheDriverContract } from "../contracts/driver.contract.ts";
import { openDockerTarget, removeAll, versionAt } from "./rig/docker-target.ts";

const PORT = 22_500;

keepsTheDriverContract("docker on this machine", async () => {
  const name = "swd-here";
  await removeAll(name);
  const target = await openDockerTarget({
    name,
    containers: {
      "swd-here-web": {
        build: true,
        ports: [`127.0.0.1:${PORT}:8000`],
        ready: { get: "/", port: 8000 },
        stop_timeout: "3s",
      },
    },
  });
  return {
    driver: (options) => target.driver(options),
    act: () => target.act(20_000),
    source: (says) => target.source(says),
    answers: () => versionAt(`http://127.0.0.1:${PORT}/`),
    leavesFailedRelease: true,
    async [Symbol.asyncDispose]() {
      await removeAll(name);
      await target[Symbol.asyncDispose]();
    },
  };
});
