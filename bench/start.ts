/** How long the packed program takes to say its version, to check the example's project file, and to begin a run. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { laidOut } from "../scripts/pack.ts";
import { interleaved, median, ms, show, timed } from "./rig.ts";

const ROUNDS = 31;
const example = fileURLToPath(new URL("../examples/exam-grading/", import.meta.url));

using laid = laidOut();
for (const name of ["seaworthy.yaml", "smoke.scenario.yaml"])
  cpSync(join(example, name), join(laid.folder, name));

const node = (...argv: string[]): number =>
  timed(() => execFileSync(process.execPath, argv, { cwd: laid.folder, stdio: "ignore" }));

const PROJECT = `version: 1
project: start
plans:
  hello:
    steps: [{ command: ["true"] }]
`;
const runs = join(laid.folder, "runs");
mkdirSync(runs);
writeFileSync(join(runs, "seaworthy.yaml"), PROJECT);

/** Up to the time that the first event tells; a line with the version is before it. */
function begin(): number {
  const began = performance.timeOrigin + performance.now();
  const argv = [laid.bin, "run", "hello", "--events"];
  const said = execFileSync(process.execPath, argv, {
    cwd: runs,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [, first = ""] = said.toString().split("\n");
  const { at } = JSON.parse(first) as { at: string };
  return Date.parse(at) - began;
}

// The first run fills the compile cache, as the first run after an installation does.
for (const argv of [["--version"], ["validate"], ["--help"]]) node(laid.bin, ...argv);
begin();

const times = interleaved(ROUNDS, {
  empty: () => node("-e", "0"),
  version: () => node(laid.bin, "--version"),
  help: () => node(laid.bin, "--help"),
  validate: () => node(laid.bin, "validate"),
  run: begin,
});
const [empty, version, validate] = [times.empty, times.version, times.validate].map(median) as [
  number,
  number,
  number,
];

show({ what: "node -e 0", figure: ms(empty) });
show({ what: "seaworthy --version", figure: ms(version) });
show({
  what: "seaworthy --version, as a multiple of node -e 0",
  figure: `${(version / empty).toFixed(2)} ×`,
  bound: "≤ 2.5 ×",
  isGood: version <= 2.5 * empty,
});
show({ what: "seaworthy --help", figure: ms(median(times.help)) });
show({
  what: "seaworthy validate, of the exam-grading example",
  figure: ms(validate),
  bound: "≤ 300 ms",
  isGood: validate <= 300,
});
show({ what: "seaworthy run, up to its first event", figure: ms(median(times.run)) });
