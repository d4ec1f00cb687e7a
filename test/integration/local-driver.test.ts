import { keepsTheDriverContract } from "../contracts/driver.contract.ts";
import { openLocalTarget } from "../rig/local-target.ts";

keepsTheDriverContract("local", async () => {
  const target = await openLocalTarget();
  return {
    ...target,
    async answers() {
      const answer = await fetch(target.url).catch(() => undefined);
      return answer?.ok === true
        ? ((await answer.json()) as { version: string }).version
        : undefined;
    },
    [Symbol.asyncDispose]: () => target[Symbol.asyncDispose](),
  };
});
