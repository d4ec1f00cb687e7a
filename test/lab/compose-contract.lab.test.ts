import { keepsTheDriverContract } from "../contracts/driver.contract.ts";
import { openComposeTarget } from "./rig/compose-target.ts";

for (const [version, port] of [
  ["v2", 21_020],
  ["v1", 21_021],
] as const)
  keepsTheDriverContract(`compose ${version}`, async () => {
    const target = await openComposeTarget({ name: `h1c${version}`, port, version });
    return {
      driver: (given) => target.driver({ ...given, options: { stable: "300ms" } }),
      act: () => target.act(20_000),
      source: (says) => target.source(says),
      answers: () => target.answers(),
      leavesFailedRelease: true,
      [Symbol.asyncDispose]: () => target[Symbol.asyncDispose](),
    };
  });
