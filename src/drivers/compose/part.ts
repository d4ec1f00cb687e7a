import { Fault } from "../../model/failure.ts";
import type { Act, Place } from "../../ports/driver.ts";
import { type Container, containers } from "./containers.ts";
import type { Setting } from "./setting.ts";
import { servingAmong } from "./standing.ts";

/** The container in which a part runs: of the release that is meant, if that runs, else of the one that serves. */
export async function runningPart(
  setting: Setting,
  { part, release }: Pick<Place, "part" | "release">,
  act: Act,
): Promise<Container> {
  const all = await containers(setting, act);
  const named = all.filter(({ service }) => service === part);
  const running = named.filter(({ status }) => status === "running");
  const of = (id: string | undefined) => running.find((each) => each.release === id);
  const [first] = running;
  if (first === undefined) throw noneRuns(setting, part, { named, all });
  if (running.length === 1) return first;
  return (release && of(release.id)) ?? of((await servingAmong(setting, all, act))?.id) ?? first;
}

function noneRuns(
  { target }: Setting,
  part: string,
  { named, all }: Readonly<Record<"named" | "all", readonly Container[]>>,
): Fault {
  const names = [...new Set(all.map(({ service }) => service))].join(", ");
  if (named.length === 0)
    return new Fault({
      code: "no-such-part",
      what: `${target} has no container of ${part}.`,
      fix:
        names === ""
          ? "Nothing runs there: deploy a release first, or run the command in a container of its own, `as: fresh`."
          : `Its parts are: ${names}.`,
    });
  return new Fault({
    code: "part-not-running",
    what: `${part} of ${target} does not run (${named.map(({ status }) => status).join(", ")}).`,
    fix: "See in its logs why it ended, or run the command in a container of its own, `as: fresh`.",
  });
}
