import type { Usage } from "../ports/driver.ts";

/** Reads what `docker top ID -eo pid,rss,time` prints. */
export function readTop(part: string, text: string): readonly Usage[] {
  return text.split("\n").flatMap((line): Usage[] => {
    const found = /^\s*(\d+)\s+(\d+)\s+(?:(\d+)-)?(\d+):(\d+):(\d+)\s*$/.exec(line);
    if (found === null) return [];
    const [pid = 0, rss = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = found
      .slice(1)
      .map((field: string | undefined) => Number(field ?? 0));
    const cpuMs = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000;
    return [{ part, pid, memoryBytes: rss * 1024, cpuMs }];
  });
}
