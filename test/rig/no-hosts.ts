import type { Hosts } from "../../src/ports/host.ts";

/** An environment without hosts. */
export const noHosts: Hosts = {
  names: [],
  host: (name) => {
    throw new Error(`this test has no host ${name}`);
  },
};
