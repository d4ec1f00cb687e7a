/**
 * One command on a host whose connection is warm: through our Shell, only looking and kept by a receipt, and by plain ssh with
 * ControlMaster. Needs the lab: `npm run lab`.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { startHosts, type LabHost } from "../test/lab/rig/hosts.ts";
import { reachHosts } from "../test/lab/rig/open-hosts.ts";
import { median, ms, show } from "./rig.ts";

const ROUNDS = 30;
const LIMITS = { timeoutMs: 60_000 };
const COMMAND = { argv: ["cat", "/etc/hostname"] } as const;
const start = promisify(execFile);

await using lab = await startHosts({ prefix: "swl-warm", count: 1 });
await using reach = reachHosts(lab.hosts);
const [{ name }] = lab.hosts as [LabHost];
const { shell } = reach.hosts.host(name);
const words = ["-F", join(lab.folder, "ssh_config"), "-o", "BatchMode=yes"];
const socket = ["-o", `ControlPath=${lab.folder}/warm`];
const plain = (...more: readonly string[]) => start("ssh", [...words, ...socket, ...more, name]);

async function timed(work: () => Promise<string>): Promise<number> {
  const began = performance.now();
  const said = (await work()).trim();
  if (said !== name) throw new Error(`the host said "${said}"`);
  return performance.now() - began;
}

const ways = {
  ssh: async () => (await start("ssh", [...words, ...socket, name, ...COMMAND.argv])).stdout,
  look: async () => (await shell.look(COMMAND, LIMITS)).stdout,
  run: async (round: number) => (await shell.run(`warm-${round}`, COMMAND, LIMITS)).tail,
};
const times = { ssh: [] as number[], look: [] as number[], run: [] as number[] };
await plain("-M", "-f", "-N");
try {
  await ways.look();
  await ways.run(-1);
  for (let round = 0; round < ROUNDS; round += 1) {
    times.ssh.push(await timed(ways.ssh));
    times.look.push(await timed(ways.look));
    times.run.push(await timed(() => ways.run(round)));
  }
} finally {
  await plain("-O", "exit");
}
const ssh = median(times.ssh);
show({ what: "plain ssh with ControlMaster", figure: ms(ssh) });
for (const [what, figure] of [
  ["our Shell, only looking", median(times.look)],
  ["our Shell, under a key, with its receipt on the host's disk", median(times.run)],
] as const)
  show({ what, figure: ms(figure), bound: "≤ + 30 ms", isGood: figure <= ssh + 30 });
