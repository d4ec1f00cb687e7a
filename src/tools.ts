import path from "node:path";
import type { Reach, Tools } from "./actions/workplace.ts";
import type { Surroundings } from "./assemble.ts";
import { drivers } from "./drivers/index.ts";
import { openArtifacts } from "./journal/artifacts.ts";
import { createMask } from "./lib/mask.ts";
import { Fault } from "./model/failure.ts";
import type { JsonObject } from "./model/json.ts";
import { resolve } from "./model/lookup.ts";
import type { HostSpec, Plan, TargetSpec } from "./model/plan.ts";
import type { DriverWorld } from "./ports/driver.ts";
import type { SecretValues } from "./ports/secrets.ts";
import { systemClock } from "./shell/clock.ts";
import { clearBrowserLeftovers, openBrowsers } from "./shell/browser/index.ts";
import { openHttp } from "./shell/http.ts";
import { openShell } from "./shell/index.ts";
import { openLoad } from "./shell/load/index.ts";
import { openSecrets } from "./shell/secrets.ts";
import { openHosts } from "./shell/ssh/index.ts";
import { clearScratch } from "./steps/scenario/files.ts";

/** Where a project and its state lie. */
export interface Place {
  readonly around: Surroundings;
  readonly project: string;
  readonly state: string;
  /** Who is acting: `ana@laptop`. */
  readonly who: string;
}

export interface ToolsFor {
  readonly plan: Plan;
  readonly run: string;
  /** Undefined for looking only. */
  readonly fence: number | undefined;
}

/** Opens what one run acts through. Nothing is started before it is needed. */
export async function openTools(place: Place, wanted: ToolsFor): Promise<Tools> {
  const { plan, run, fence } = wanted;
  if (fence !== undefined) await clearLeftovers(place, run);
  const secrets = await secretsOf(place, plan);
  const opened = openShell({
    ...common(place),
    secrets: secrets.all(),
    ...(fence !== undefined && { fence: { scope: plan.environment.name, number: fence } }),
  });
  const { shell, services } = opened;
  const opening = hostsOf(place, wanted, secrets);
  const { hosts } = opening;
  const http = openHttp();
  const mask = createMask(secrets.all());
  return {
    shell,
    hosts,
    http,
    load: openLoad(),
    browsers: openBrowsers(),
    secrets,
    artifacts: openArtifacts(place.state, run, mask),
    mask: (text) => mask.text(text),
    driver: (name) => driverOf(place, wanted, { name, secrets, shell, services, hosts, http }),
    [Symbol.asyncDispose]: async () => {
      opened.close();
      await opening.close();
    },
  };
}

/** Whoever drives a run is the only one: what its steps left in the middle of something is of a process that was killed. */
async function clearLeftovers({ state }: Place, run: string): Promise<void> {
  await clearScratch(path.join(state, "store"), run);
  clearBrowserLeftovers();
}

async function secretsOf(place: Place, plan: Plan): Promise<SecretValues> {
  const { around, project, state } = place;
  // Nobody knows yet what there is to mask.
  const asking = openShell({ ...common(place), secrets: [] });
  const folder = path.join(state, "secrets");
  const secrets = openSecrets({
    folder,
    project,
    environment: around.environment,
    shell: asking.shell,
  });
  try {
    return await secrets.open(plan.secrets);
  } finally {
    asking.close();
  }
}

function common({ around, state }: Place) {
  const environment = baseEnvironment(around.environment);
  return { folder: state, self: around.self, clock: systemClock, environment };
}

/** The machines of the plan's environment. */
function hostsOf(place: Place, { plan, fence }: ToolsFor, secrets: SecretValues) {
  const { name, hosts = [], knownHosts = `known_hosts.${name}` } = plan.environment;
  return openHosts({
    ...reached(place, { name, hosts, knownHosts }),
    secrets: secrets.all(),
    fence: fence === undefined ? undefined : { scope: `${plan.project}/${name}`, number: fence },
  });
}

interface Reached {
  readonly name: string;
  readonly hosts: readonly HostSpec[];
  readonly knownHosts: string;
}

function reached(place: Place, { name, hosts, knownHosts }: Reached) {
  return {
    ...common(place),
    name,
    folder: path.join(place.state, "hosts", name),
    hosts,
    knownHosts: path.resolve(place.project, knownHosts),
    project: place.project,
    who: place.who,
  };
}

/** Opens the machines of an environment for looking, without a run. */
export function openReach(place: Place, environment: Reached): Reach {
  const options = { ...reached(place, environment), secrets: [], fence: undefined };
  const opened = openHosts(options);
  return {
    specs: environment.hosts,
    hosts: opened.hosts,
    keys: opened.keys,
    knownHosts: options.knownHosts,
    [Symbol.asyncDispose]: () => opened.close(),
  };
}

function driverOf(
  { around, project, state }: Place,
  { plan, fence }: ToolsFor,
  given: Pick<DriverWorld, "shell" | "services" | "hosts" | "http"> & {
    name: string;
    secrets: SecretValues;
  },
) {
  const { name, secrets, shell, services, hosts, http } = given;
  const target = plan.targets[name];
  const definition = drivers.find((d) => d.name === target?.driver);
  if (!target || !definition) throw noSuchTarget(name, plan);
  const environment = plan.environment.name;
  const own = secrets.pick(target.secrets);
  return definition.create(answered(target, own), {
    shell,
    services,
    hosts,
    http,
    clock: systemClock,
    folder: path.join(state, "targets", environment, name),
    project,
    environment,
    target: name,
    secrets: own,
    ...(fence !== undefined && { fence }),
    self: around.self,
  });
}

/** The options with the target's own secrets looked up; everything else was answered when the plan was made. */
function answered(target: TargetSpec, secrets: Readonly<Record<string, string>>): JsonObject {
  const resolved = resolve(target.options, (name) => secrets[name]);
  if ("missing" in resolved)
    throw new Fault({
      code: "look-up-without-answer",
      what: `Target ${target.name} asks for ${resolved.missing.join(", ")}, and has no such secret.`,
      fix: "Declare it in the target's `secrets`.",
    });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object goes in, an object comes out
  return resolved.value as JsonObject;
}

/** What says to the docker and ssh programs where the engine is, and who asks. */
const ENGINES = [
  "DOCKER_HOST",
  "DOCKER_CONTEXT",
  "DOCKER_CONFIG",
  "DOCKER_CERT_PATH",
  "DOCKER_TLS_VERIFY",
  "SSH_AUTH_SOCK",
];

/** Nothing of our own environment reaches a command but what every program needs. */
function baseEnvironment(
  environment: Surroundings["environment"],
): Readonly<Record<string, string>> {
  const wanted = ["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "USER", "TZ", ...ENGINES];
  return Object.fromEntries(
    wanted.flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function noSuchTarget(name: string, plan: Plan): Fault {
  return new Fault({
    code: "no-such-target",
    what: `The plan has no target "${name}", or this Seaworthy has no driver for it.`,
    fix: `Its targets: ${Object.keys(plan.targets).join(", ")}`,
  });
}
