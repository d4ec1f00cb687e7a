import type { Act } from "../../../ports/driver.ts";
import type { Docker } from "../docker.ts";

/** One container of a service, as the engine knows it. */
export interface Container {
  readonly id: string;
  readonly name: string;
  /** Compose's digest of the configuration that it was made from. */
  readonly hash: string;
  readonly release?: string;
  readonly state: string;
  readonly health?: string;
  readonly exitCode: number;
  readonly restarts: number;
  readonly createdAt: string;
  readonly addresses: readonly string[];
}

/** What of a stack is looked at. */
export interface Part {
  /** Compose's own project name. */
  readonly project: string;
  readonly service: string;
}

/** All containers of a service, the oldest first; those of one-off commands are none. */
export async function containersOf(
  docker: Docker,
  { project, service }: Part,
  act: Act,
): Promise<readonly Container[]> {
  const labels = [
    `com.docker.compose.project=${project}`,
    `com.docker.compose.service=${service}`,
    "com.docker.compose.oneoff=False",
  ];
  const filters = labels.flatMap((label) => ["--filter", `label=${label}`]);
  const ids = (await docker.run(["ps", "-aq", "--no-trunc", ...filters], act)).trim();
  if (ids === "") return [];
  // One that is removed in between is no reason to fail: the others are told all the same.
  const { stdout } = await docker.look(["inspect", "--type", "container", ...ids.split("\n")], act);
  return readContainers(stdout);
}

interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly Created: string;
  readonly RestartCount: number;
  readonly State: {
    readonly Status: string;
    readonly ExitCode: number;
    readonly Health?: { readonly Status: string };
  };
  readonly Config: { readonly Labels: Readonly<Record<string, string>> };
  readonly NetworkSettings: {
    readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>>;
  };
}

/** Reads what `docker inspect` says. */
export function readContainers(json: string): readonly Container[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the engine's own format
  return (JSON.parse(json === "" ? "[]" : json) as readonly Inspected[])
    .map((one) => {
      const labels = one.Config.Labels;
      const release = labels["seaworthy.release"];
      const health = one.State.Health?.Status;
      return {
        id: one.Id,
        name: one.Name.replace(/^\//, ""),
        hash: labels["com.docker.compose.config-hash"] ?? "",
        ...(release !== undefined && { release }),
        state: one.State.Status,
        ...(health !== undefined && health !== "none" && { health }),
        exitCode: one.State.ExitCode,
        restarts: one.RestartCount,
        createdAt: one.Created,
        addresses: Object.values(one.NetworkSettings.Networks)
          .map(({ IPAddress }) => IPAddress)
          .filter((address) => address !== ""),
      };
    })
    .toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
}

export function isAlive({ state }: Container): boolean {
  return state === "running" || state === "restarting" || state === "paused";
}
