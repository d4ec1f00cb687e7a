import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";
import type { Act } from "../../ports/driver.ts";
import type { Docker } from "./docker.ts";

// Of the engine itself: https://github.com/moby/moby/blob/master/libnetwork/portallocator/portallocator.go
const TAKEN =
  /(?:Bind for|listen (?:tcp|udp)\d?) \S*?:(\d+)[^\n]*(?:already allocated|already in use)/;

/** The port that the engine could not give, by its words. */
export function portIn(words: string): string | undefined {
  return TAKEN.exec(words)?.[1];
}

interface Taken {
  readonly release: Release;
  readonly port: string;
  readonly detail: string;
}

/** Says who has the port, as far as the engine knows: it sees its own containers alone. */
export async function portTaken(
  { docker, name }: { readonly docker: Docker; readonly name: string },
  { release, port, detail }: Taken,
  act: Act,
): Promise<Fault> {
  const { who, fix } = whose(await holders(docker, port, act), { name, port });
  return new Fault({
    code: "port-taken",
    what: `${release.name} can't be brought up: port ${port} is taken by ${who}.`,
    fix: `${fix}, then run again.`,
    detail,
  });
}

interface Holder {
  readonly container: string;
  readonly project: string;
  readonly service: string;
}

const FIELDS =
  '{{.Names}}|{{.Label "com.docker.compose.project"}}|{{.Label "com.docker.compose.service"}}';

async function holders(docker: Docker, port: string, act: Act): Promise<readonly Holder[]> {
  const told = await docker.look(["ps", "--filter", `publish=${port}`, "--format", FIELDS], act);
  return told.stdout
    .split("\n")
    .filter(Boolean)
    .map((line): Holder => {
      const [container = "", project = "", service = ""] = line.split("|");
      return { container, project, service };
    });
}

/** Exported for its table of words. */
export function whose(
  holding: readonly Holder[],
  { name, port }: { readonly name: string; readonly port: string },
): { readonly who: string; readonly fix: string } {
  const other = holding.find(({ project }) => project !== name);
  if (other !== undefined)
    return {
      who: `the container ${other.container}${other.project === "" ? "" : ` (stack ${other.project})`}`,
      fix: `End that (\`docker stop ${other.container}\`) or choose another port`,
    };
  const [own] = holding;
  if (own !== undefined)
    return {
      who: `${own.service} of the same stack`,
      fix: "Give each service of the compose file a port of its own",
    };
  return {
    who: "something that is no container of this engine",
    fix: `See on the engine's machine what has it (\`ss -ltnp sport = :${port}\`), end that or choose another port`,
  };
}
