import { signalGroup } from "./group.ts";

/** Process groups that shall not outlive us. A kill -9 of ours is the one end that it can't see. */
export interface Leash {
  tie(group: number): void;
  untie(group: number): void;
}

/** Opens a leash that hangs on the end of this process only while something is tied to it. */
export function openLeash(): Leash {
  const groups = new Set<number>();
  const leave = () => {
    for (const group of groups) signalGroup(group, "SIGKILL");
  };
  return {
    tie: (group) => {
      if (groups.size === 0) process.on("exit", leave);
      groups.add(group);
    },
    untie: (group) => {
      groups.delete(group);
      if (groups.size === 0) process.off("exit", leave);
    },
  };
}
