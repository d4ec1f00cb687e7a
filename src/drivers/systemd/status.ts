import type { Release } from "../../model/release.ts";
import type { Act, Part, Usage } from "../../ports/driver.ts";
import { mostly, onAll } from "../rollout.ts";
import { ask, unpacked } from "./ask.ts";
import { STATUS } from "./host-scripts/show.ts";
import { rolling, type Setting } from "./setting.ts";
import { readUnit, type UnitSeen } from "./unit-line.ts";

/** A release that a host has. */
export interface Known {
  readonly id: string;
  readonly accepted: boolean;
  readonly staged: boolean;
  /** Milliseconds since 1970 when it last became the serving one; 0: never. */
  readonly servedAt: number;
}

/** What one host says of the target. */
interface Status {
  readonly serving?: Release;
  readonly known: readonly Known[];
  readonly units: readonly (UnitSeen & { readonly release?: string })[];
  readonly uses: readonly string[];
}

/** What every host says, by its name. `accept`: and that the release which serves was accepted. */
export function statusOf(
  setting: Setting,
  act: Act,
  asked: { readonly accept?: true; readonly usage?: true } = {},
): Promise<ReadonlyMap<string, Status>> {
  const env = { ACCEPT: asked.accept ? "yes" : "", USAGE: asked.usage ? "yes" : "" };
  return onAll(rolling(setting, "Asking what runs"), async (name) => {
    const told = await ask(setting, setting.hosts.host(name), { script: STATUS, env, act });
    const releases = new Map(told.all("of").map((line) => pair(line)));
    return {
      ...serving(told.one("serving")),
      known: told.all("known").map(readKnown),
      units: told.all("unit").map((line) => {
        const unit = readUnit(line);
        const release = releases.get(unit.name);
        return { ...unit, ...(release !== undefined && { release }) };
      }),
      uses: told.all("uses"),
    };
  });
}

/** Which release most hosts serve; where they differ, that is said. */
export async function current(setting: Setting, act: Act): Promise<Release | undefined> {
  const all = [...(await statusOf(setting, act))];
  const release = mostly(
    all.map(([, status]) => status.serving),
    (each) => each?.id ?? "",
  );
  const differing = all.filter(([, { serving: each }]) => each?.id !== release?.id);
  for (const [name, { serving: each }] of differing)
    act.say(`${name} serves ${each?.name ?? "nothing"}, other than most hosts`);
  return release;
}

/** Each unit on each host. */
export async function parts(setting: Setting, act: Act): Promise<readonly Part[]> {
  const all = await statusOf(setting, act);
  return [...all].flatMap(([host, { units }]) =>
    units.map((unit): Part => ({
      name: partName(host, unit.name),
      ...(unit.release !== undefined && { release: unit.release }),
      state: unit.active === "active" ? unit.sub : unit.active,
      healthy: unit.active === "active",
      restarts: unit.restarts,
      ...(unit.active === "failed" && { exit: unit.exit }),
      ...(unit.result !== "success" &&
        unit.result !== "-" && { detail: `${unit.result} ${unit.exit}` }),
    })),
  );
}

/** `app1/hub` for hub.service, `app1/hub.socket` for its socket. */
export function partName(host: string, unit: string): string {
  return `${host}/${unit.replace(/\.service$/, "")}`;
}

/** What each unit uses, all its processes together. */
export async function usage(setting: Setting, act: Act): Promise<readonly Usage[]> {
  const all = await statusOf(setting, act, { usage: true });
  return [...all].flatMap(([host, { uses }]) => uses.flatMap((line) => readUses(host, line)));
}

/** Reads `hub.service 4711 104857600 1500000000`: its first process, bytes, nanoseconds. */
export function readUses(host: string, line: string): readonly Usage[] {
  const [, unit = "", pid, memory, cpu] = /^(\S+) (\d+) (\d+) (\d+)$/.exec(line) ?? [];
  if (pid === undefined) return [];
  return [
    {
      part: partName(host, unit),
      pid: Number(pid),
      memoryBytes: Number(memory),
      cpuMs: Math.round(Number(cpu) / 1_000_000),
    },
  ];
}

function serving(packed: string | undefined): Pick<Status, "serving"> {
  if (packed === undefined) return {};
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by stage
  return { serving: JSON.parse(unpacked(packed)) as Release };
}

function readKnown(line: string): Known {
  const [id = "", accepted, staged, served] = line.split(" ");
  return {
    id,
    accepted: accepted === "yes",
    staged: staged === "yes",
    servedAt: Number(served),
  };
}

function pair(line: string): readonly [string, string] {
  const [name = "", release = ""] = line.split(" ");
  return [name, release];
}
