/** What a step costs beyond its command: 50 times `true` in a plan, and in the bash script that people write instead. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { laidOut } from "../scripts/pack.ts";
import { interleaved, median, ms, show, timed } from "./rig.ts";

const ROUNDS = 9;
const STEPS = 50;
const numbers = Array.from({ length: STEPS }, (_, index) => index + 1);

const step = (n: number): string => `      - { id: s${n}, command: ["true"], save: log_${n} }\n`;
const PROJECT = `version: 1
project: overhead
environments: { here: {} }
plans:
  one:
    steps:
${step(1)}  all:
    steps:
${numbers.map(step).join("")}`;
const script = (line: (n: number) => string): string => `set -e\n${numbers.map(line).join("\n")}\n`;
const SCRIPT = script((n) => `true > log_${n} 2>&1`);
// The same, with its logs as durable as ours, and with a process for each command as ours has.
const DURABLE = script((n) => `/bin/true > log_${n} 2>&1\nsync log_${n}`);

using laid = laidOut();

let count = 0;
/** Each round in a fresh folder: our time includes the start of the program, of the keeper, and of the journal. */
function inFresh(file: string, text: string, argv: readonly [string, ...string[]]): number {
  const folder = join(laid.folder, `round-${(count += 1)}`);
  mkdirSync(folder);
  writeFileSync(join(folder, file), text);
  const [program, ...rest] = argv;
  return timed(() => execFileSync(program, rest, { cwd: folder, stdio: "ignore" }));
}

const bash = (text: string) => () => inFresh("deploy.sh", text, ["bash", "deploy.sh"]);
const seaworthy = (plan: string) => () =>
  inFresh("seaworthy.yaml", PROJECT, [process.execPath, laid.bin, "run", plan, "--env", "here"]);
const times = interleaved(ROUNDS, {
  bash: bash(SCRIPT),
  durable: bash(DURABLE),
  all: seaworthy("all"),
  one: seaworthy("one"),
});
const each = (all: readonly number[]): number => median(all) / STEPS;
const more = each(times.all) - each(times.bash);

show({ what: "bash, set -e, 50 × true > log_i", figure: ms(median(times.bash)) });
show({ what: "bash, 50 × /bin/true > log_i; sync log_i", figure: ms(median(times.durable)) });
show({ what: "seaworthy run, the same 50 as steps", figure: ms(median(times.all)) });
show({ what: "seaworthy run, one of them", figure: ms(median(times.one)) });
show({
  what: "each step beyond the first",
  figure: ms((median(times.all) - median(times.one)) / (STEPS - 1)),
});
show({
  what: "more per step than bash, start and end of the run included",
  figure: ms(more),
  bound: "≤ 15 ms",
  isGood: more <= 15,
});
show({
  what: "more per step than bash with durable logs",
  figure: ms(each(times.all) - each(times.durable)),
});
