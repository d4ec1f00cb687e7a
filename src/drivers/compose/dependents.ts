import { readFile } from "node:fs/promises";
import type { Json, JsonObject } from "../../model/json.ts";
import type { Act } from "../../ports/driver.ts";
import { type Container, containers } from "./containers.ts";
import { list, object } from "./json.ts";
import type { Setting } from "./setting.ts";
import type { Stored } from "./stored.ts";

/**
 * Restarts what depends on a container that was made anew, as Compose v2 does by making it anew as well.
 *
 * Compose v1 leaves it as it is, and a proxy that keeps the address of the old container then leads nowhere. Judged
 * from the containers alone, so that a deploy that was cut off in between does it when it goes on. What is switched was
 * told to its proxy already.
 */
export async function restartDependents(setting: Setting, stored: Stored, act: Act): Promise<void> {
  if (stored.compose === "v2") return;
  const text = await readFile(setting.layout.file(stored.release.id), "utf8");
  const rendered: unknown = JSON.parse(text);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written when it was staged
  const services = object((rendered as JsonObject)["services"]);
  const all = await containers(setting, act);
  const stale = all.filter((one) =>
    dependenciesOf(object(services[one.service])["depends_on"])
      .filter((name) => !(name in setting.options.switch))
      .some((name) => all.some((other) => other.service === name && isNewer(other, one))),
  );
  if (stale.length === 0) return;
  act.say(
    `restarting ${stale.map(({ service }) => service).join(", ")}: what they depend on is new`,
  );
  await setting.docker.run(["restart", ...stale.map(({ id }) => id)], act);
}

/** Written as a list, or as a map with conditions. */
function dependenciesOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value)
    ? list(value).filter((name) => typeof name === "string")
    : Object.keys(object(value));
}

/** Made after the other one had started, while that runs. */
function isNewer(dependency: Container, dependent: Container): boolean {
  return dependent.status === "running" && dependency.createdAt > dependent.startedAt;
}
