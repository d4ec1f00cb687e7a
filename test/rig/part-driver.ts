import { cp } from "node:fs/promises";
import { existsSync } from "node:fs";
import path from "node:path";
import type { Driver, Place } from "../../src/ports/driver.ts";
import type { Command } from "../../src/ports/shell.ts";

/** A driver whose only part is a folder of this machine: what runs inside runs there, as if the folder were `/`. */
export function partDriver(folder: string) {
  const places: Place[] = [];
  const asked: Command[] = [];
  const driver = {
    async inside(command: Command, place: Place): Promise<Command> {
      places.push(place);
      asked.push(command);
      return {
        ...command,
        argv: command.argv.map((word) =>
          word.startsWith("/") ? path.join(folder, word) : word,
        ) as [string, ...string[]],
        cwd: path.join(folder, command.cwd ?? "/"),
      };
    },
    async fetch(file: { path: string }, to: string): Promise<boolean> {
      const from = path.join(folder, file.path);
      if (!existsSync(from)) return false;
      await cp(from, to, { preserveTimestamps: true });
      return true;
    },
  };
  return { driver: driver as unknown as Driver, places, asked };
}
