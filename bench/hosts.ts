/**
 * A release of 200 files and 5 MB put onto 1, 5 and 20 hosts, ten commands run on each, switched, restarted and asked: by
 * `seaworthy run`, by Debian's Ansible, and by the bash script that a careful person writes. Every connection is made anew, and
 * all hosts share this machine's cores. Needs the lab, `npm run lab`, and Ansible, `apt-get install ansible-core`.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { laidOut } from "../scripts/pack.ts";
import { startHosts } from "../test/lab/rig/hosts.ts";
import { openProject } from "./hosts/project.ts";
import { installUnits, makeReleases, mustServe, openRivals, PORTS } from "./hosts/yard.ts";
import { median, ms, show } from "./rig.ts";

const ROUNDS = 3;
const SIZES = { one: 1, five: 5, twenty: 20 } as const;

// Before minutes have gone by.
execFileSync("ansible-playbook", ["--version"], { stdio: "ignore" });
const folder = mkdtempSync(join(tmpdir(), "seaworthy-bench-"));
try {
  using laid = laidOut();
  await using lab = await startHosts({ prefix: "swl-fan", count: SIZES.twenty });
  const names = Object.keys(SIZES) as (keyof typeof SIZES)[];
  const some = (name: keyof typeof SIZES) => lab.hosts.slice(0, SIZES[name]);
  const tags = names.flatMap((name) =>
    Array.from({ length: ROUNDS }, (_, round) => `v${SIZES[name]}.${round}`),
  );
  const bare = makeReleases(folder, ["v0", ...tags]);
  await installUnits(lab.hosts);
  const rivals = openRivals(folder, lab, bare);
  const ours = openProject(folder, laid.bin, lab, {
    environments: Object.fromEntries(names.map((name) => [name, some(name)])),
    target: {},
  });
  const ways = {
    bash: (name: keyof typeof SIZES, tag: string) => rivals.bash(tag, some(name)),
    ansible: (name: keyof typeof SIZES, tag: string) => rivals.ansible(tag, some(name)),
    seaworthy: (name: keyof typeof SIZES, tag: string) => ours.deploy(name, tag),
  };
  // The first release of all is another story: folders and units are made.
  for (const name of names) await ours.deploy(name, "v0");
  await rivals.bash("v0", lab.hosts);
  rivals.hangUp();

  for (const name of names) {
    const times = { bash: [] as number[], ansible: [] as number[], seaworthy: [] as number[] };
    const once = async (way: keyof typeof times, tag: string) => {
      // Ours waits for the disk, and shall not wait for what another one has left to be written.
      execFileSync("sync");
      times[way].push(await ways[way](name, tag));
      rivals.hangUp();
      await mustServe(some(name), PORTS[way], tag);
    };
    for (const tag of tags.filter((each) => each.startsWith(`v${SIZES[name]}.`))) {
      await once("bash", tag);
      await once("seaworthy", tag);
      await once("ansible", tag);
    }
    const [bash, ansible, seaworthy] = [times.bash, times.ansible, times.seaworthy].map(median) as [
      number,
      number,
      number,
    ];
    const on = `${SIZES[name]} ${SIZES[name] === 1 ? "host" : "hosts"}`;
    show({ what: `${on}: bash, rsync and one ssh each, side by side`, figure: ms(bash) });
    show({ what: `${on}: ansible-playbook, pipelining, 20 forks`, figure: ms(ansible) });
    show({ what: `${on}: seaworthy run deploy`, figure: ms(seaworthy) });
    const [slower, faster] = [seaworthy / bash, ansible / seaworthy];
    show({
      what: `${on}: of the script's time`,
      figure: `${slower.toFixed(2)} ×`,
      bound: "≤ 1.50 ×",
      isGood: slower <= 1.5,
    });
    show({
      what: `${on}: faster than Ansible`,
      figure: `${faster.toFixed(1)} ×`,
      bound: "≥ 3 ×",
      isGood: faster >= 3,
    });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
