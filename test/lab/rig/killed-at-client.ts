import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Ended, type Place, runKilled } from "../../rig/killed.ts";

/** Kills Seaworthy by way of a client that it starts, docker or ssh. */
export interface KillingClient {
  /** Runs Seaworthy until it starts its N-th client (or the next one after that) and is killed. */
  runKilled(words: readonly string[], at: Cut): Promise<Ended>;
  /** Where Seaworthy meets that client, and is not killed by it. */
  readonly place: Place;
  /** How many clients have been started since the last kill was asked for, or all were forgotten. */
  calls(): number;
  forget(): void;
}

export interface Cut {
  readonly call: number;
  /** That client does not begin, goes on without us, or has done all that it should. */
  readonly when: When;
}

export const WHEN = ["before", "during", "after"] as const;
type When = (typeof WHEN)[number];

/** Puts such a client beside the project in this folder. */
export function killingClient(folder: string, name: "docker" | "ssh"): KillingClient {
  const bin = path.join(folder, "bin");
  const at = (file: string) => path.join(bin, file);
  const real = execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
  mkdirSync(bin);
  writeFileSync(at(name), script(bin, real));
  chmodSync(at(name), 0o755);
  const place = { folder, env: { PATH: `${bin}:${process.env["PATH"]}` } };
  const load = ({ call, when }: Cut) => {
    rmSync(at("fired"), { recursive: true, force: true });
    writeFileSync(at("calls"), "");
    writeFileSync(at("cut"), `${call} ${when}\n`);
  };
  const unloaded: Cut = { call: 1_000_000, when: "before" };
  load(unloaded);
  return {
    place,
    async runKilled(words, cut) {
      load(cut);
      const ended = await runKilled(place, words);
      load(unloaded);
      return ended;
    },
    forget: () => load(unloaded),
    calls: () => readFileSync(at("calls"), "utf8").length,
  };
}

/** Several clients may run at once: the first that is late enough takes it upon itself. */
function script(bin: string, real: string): string {
  return `#!/bin/sh
# One that rsync or another ssh has started is not ours.
if [ "$(basename "$(readlink "/proc/$PPID/exe")")" != node ]; then exec '${real}' "$@"; fi
printf . >> '${bin}/calls'
read -r call when < '${bin}/cut'
if [ "$(wc -c < '${bin}/calls')" -lt "$call" ] || ! mkdir '${bin}/fired' 2>/dev/null; then exec '${real}' "$@"; fi
case $when in
  before) kill -9 "$PPID"; exit 1 ;;
  during) '${real}' "$@" <&0 & sleep 0.05; kill -9 "$PPID"; wait ;;
  after) '${real}' "$@"; kill -9 "$PPID" ;;
esac
`;
}
