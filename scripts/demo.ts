import { existsSync } from "node:fs";
import path from "node:path";
import { sailDemo } from "../src/demo/tour.ts";

/** `npm run demo [-- FOLDER]`: in the first free folder of seaworthy-demo, seaworthy-demo-2, … */
function freshFolder(): string {
  for (let n = 1; ; n += 1) {
    const folder = path.resolve(n === 1 ? "seaworthy-demo" : `seaworthy-demo-${n}`);
    if (!existsSync(folder)) return folder;
  }
}

const [, , named] = process.argv;
process.exitCode = await sailDemo(
  named === undefined ? freshFolder() : path.resolve(named),
  process,
);
