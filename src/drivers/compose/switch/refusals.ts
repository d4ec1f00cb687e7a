import type { Json, JsonObject } from "../../../model/json.ts";
import { list, object } from "../json.ts";
import type { SwitchOption } from "./options.ts";

/** Why a service can't have two containers side by side behind its proxy, and what to do. */
export interface Refusal {
  readonly what: string;
  readonly fix: string;
}

/** What the compose file says against switching these services. */
export function switchRefusals(
  switches: Readonly<Record<string, SwitchOption>>,
  services: JsonObject,
): readonly Refusal[] {
  return Object.entries(switches).flatMap(([name, { proxy }]) => {
    if (services[name] === undefined) return [];
    const service = object(services[name]);
    const alone = [
      [service["container_name"] !== undefined, "its `container_name` is fixed"],
      [list(service["ports"]).some(isFixed), "it publishes a fixed port itself"],
      [service["network_mode"] !== undefined, "its `network_mode` gives it no name of its own"],
      [countOf(service) > 1, "it has several containers already"],
    ] as const;
    return [
      ...alone.filter(([is]) => is).map(([, why]) => notBeside(name, proxy, why)),
      ...(services[proxy] === undefined || proxy === name
        ? [noProxy(name, proxy, Object.keys(services))]
        : []),
    ];
  });
}

function isFixed(port: Json): boolean {
  if (typeof port === "string") return port.includes(":");
  return object(port)["published"] !== undefined;
}

function countOf(service: JsonObject): number {
  return Number(service["scale"] ?? object(service["deploy"])["replicas"] ?? 1);
}

function notBeside(name: string, proxy: string, why: string): Refusal {
  return {
    what: `${name} can't run twice side by side to be switched: ${why}.`,
    fix: `Take that line out of the compose file, so that only ${proxy} reaches it, or take ${name} out of \`switch\`.`,
  };
}

function noProxy(name: string, proxy: string, services: readonly string[]): Refusal {
  return {
    what: `The proxy of ${name}, "${proxy}", is no other service of the compose file.`,
    fix: `Name the service that requests come through: one of ${services.filter((each) => each !== name).join(", ")}.`,
  };
}
