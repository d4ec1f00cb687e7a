import type { Act } from "../../ports/driver.ts";
import { type Saved, save } from "../docker-saved.ts";
import type { Setting } from "./setting.ts";

/** Images of this machine's engine in files, each saved once for however many hosts; gone when it is disposed. */
export interface Store extends AsyncDisposable {
  saved(image: string, act: Act): Promise<Saved>;
}

export function openStore({ here, folder }: Pick<Setting, "here" | "folder">): Store {
  const known = new Map<string, Promise<Saved>>();
  return {
    saved(image, act) {
      const found =
        known.get(image) ?? save({ docker: { command }, shell: here, folder }, [image], act);
      known.set(image, found);
      return found;
    },
    async [Symbol.asyncDispose]() {
      const all = await Promise.allSettled(known.values());
      for (const each of all)
        if (each.status === "fulfilled") await each.value[Symbol.asyncDispose]();
    },
  };
}

function command(args: readonly string[]) {
  return { argv: ["docker", ...args] as [string, ...string[]] };
}
