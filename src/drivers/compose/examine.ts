import { readYamlText } from "../../lib/yaml-text.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { Examined, Reading } from "../../ports/driver.ts";
import { isObject, list, object, text } from "./json.ts";
import { filesOf, type Options } from "./options.ts";
import { type Refusal, switchRefusals } from "./switch/refusals.ts";

const CAPS = { bytes: 1_000_000, depth: 40, nodes: 50_000 };

/**
 * What the compose file beside the project file tells before anything runs: which services nobody asks for their health,
 * and how each one is replaced. A release may bring another file; that one is judged when it is deployed.
 */
export function examine(options: Options, reading: Reading): Examined {
  const services = servicesIn(options, reading);
  if (services === undefined) return { diagnostics: missing(options, reading), notes: [] };
  const active = Object.entries(services).filter(([, service]) => runs(object(service), options));
  const unasked = active
    .filter(([, service]) => !isAsked(object(service)) && object(service)["restart"] !== "no")
    .map(([name]) => name);
  const unknown = Object.keys(options.switch).filter((name) => !(name in services));
  const diagnostics = [
    ...(unasked.length === 0 ? [] : [noHealthCheck(options, reading, unasked)]),
    ...unknown.map((name) => noSuchService(reading, name, Object.keys(services))),
    ...switchRefusals(options.switch, services).map((refusal) => noSwitch(reading, refusal)),
  ];
  return {
    diagnostics,
    notes: active.map(([name, service]) => how(name, object(service), options)),
  };
}

/** Undefined when a file is not there, or holds what is better left to Compose. */
function servicesIn(options: Options, reading: Reading): JsonObject | undefined {
  const found: [string, Json][] = [];
  for (const file of filesOf(options)) {
    const there = reading.read(file);
    const read = there && readYamlText(there.text, { caps: CAPS });
    if (read?.ok !== true) return undefined;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- plain YAML data
    const content = read.text.value as Json;
    const before = Object.fromEntries(found);
    for (const [name, service] of Object.entries(object(object(content)["services"])))
      found.push([name, { ...object(before[name]), ...object(service) }]);
  }
  return Object.fromEntries(found);
}

const USUAL = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"] as const;

/** A release may come from elsewhere, so a file that is not here is a fault only where another one is. */
function missing(options: Options, reading: Reading): readonly Diagnostic[] {
  return filesOf(options).flatMap((file) => {
    const other = USUAL.find((name) => reading.read(name) !== undefined);
    if (reading.read(file) !== undefined || other === undefined) return [];
    return reading.blame("file", {
      code: "compose-file-missing",
      severity: "warning",
      what: `There is no ${file} beside the project file, but there is ${other}.`,
      fix: `Write \`file: ${other}\`, unless the release has a ${file} of its own.`,
    });
  });
}

function runs({ profiles }: JsonObject, options: Options): boolean {
  const asked = list(profiles);
  return asked.length === 0 || asked.some((one) => options.profiles.some((name) => name === one));
}

function isAsked({ healthcheck }: JsonObject): boolean {
  if (!isObject(healthcheck)) return false;
  const [first] = Array.isArray(healthcheck["test"]) ? list(healthcheck["test"]) : [];
  return healthcheck["disable"] !== true && first !== "NONE";
}

/** How a service is replaced, and why so. */
function how(name: string, service: JsonObject, options: Options): string {
  const way = options.switch[name];
  if (way !== undefined)
    return `${name}: the new container starts beside the old one, and ${way.proxy} leads to it once it is ready`;
  const ports = list(service["ports"]).some(isFixed);
  const volumes = list(service["volumes"]).some(isNamed);
  const reasons = [
    ports && "its port is fixed",
    volumes && "its volume has one writer",
    text(service["container_name"]) !== undefined && "its name is fixed",
  ].filter(Boolean);
  const why = reasons.length === 0 ? "no `switch` is written for it" : reasons.join(" and ");
  return `${name}: stopped before its new container starts, when the release changes it (${why})`;
}

function isFixed(port: Json): boolean {
  if (isObject(port)) return port["published"] !== undefined;
  return typeof port === "string" && port.includes(":");
}

function isNamed(volume: Json): boolean {
  if (isObject(volume)) return volume["type"] !== "tmpfs" && volume["read_only"] !== true;
  return typeof volume === "string" && volume.includes(":") && !/:ro(?:,|$)/.test(volume);
}

function noHealthCheck({ stable }: Options, reading: Reading, names: readonly string[]) {
  return reading.blame("file", {
    code: "no-health-check",
    severity: "warning",
    what: `The compose file gives ${names.join(", ")} no health check: running for ${stable} without a restart counts as well, unless the image has a check of its own.`,
    fix: "Write a `healthcheck` for each, so that a release is proven by what it answers.",
  });
}

function noSuchService(reading: Reading, name: string, known: readonly string[]) {
  return reading.blame("switch", {
    code: "no-such-service",
    severity: "error",
    what: `The compose file has no service "${name}".`,
    fix: `Use one of: ${known.join(", ")}.`,
  });
}

function noSwitch(reading: Reading, refusal: Refusal) {
  return reading.blame("switch", { code: "cannot-switch", severity: "error", ...refusal });
}
