/** Every bench in turn, as one table. Ends with 1 when a bound was missed. */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { machine } from "./rig.ts";

const folder = fileURLToPath(new URL("./", import.meta.url));
const helpers = new Set(["all.ts", "load.ts", "rig.ts"]);

console.log(`${machine()}\nMedians; what stands in one block was measured side by side.`);
const missed: string[] = [];
for (const name of readdirSync(folder).filter(
  (file) => file.endsWith(".ts") && !helpers.has(file),
)) {
  console.log(`\n${name.replace(/\.ts$/, "")}`);
  const { status } = spawnSync(process.execPath, [folder + name], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status !== 0) missed.push(name);
}
console.log(missed.length === 0 ? "\nEvery bound is kept." : `\nMissed in: ${missed.join(", ")}`);
process.exitCode = missed.length === 0 ? 0 : 1;
