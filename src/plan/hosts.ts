import type { Json } from "../model/json.ts";
import type { EnvironmentSpec, HostSpec } from "../model/plan.ts";
import { fill, spoken } from "./fill.ts";
import { splitHost } from "./hosts-schema.ts";
import { didYouMean, show, type Remark } from "./issues.ts";
import type { Answered } from "./names.ts";
import type { EnvironmentText, Project } from "./project.ts";
import type { Complaint, Path } from "./source.ts";

type Found = Pick<EnvironmentSpec, "hosts" | "knownHosts">;

/** Makes the hosts of an environment ready: look-ups answered, short forms taken apart, jumps held against the others. */
export function compileHosts(
  project: Project,
  environment: EnvironmentText,
  answered: Answered,
): Found & { readonly remarks: readonly Remark[] } {
  const written = Object.entries(environment.hosts ?? {});
  if (written.length === 0) return { remarks: [] };
  const remarks: Remark[] = [];
  const hosts = written.flatMap(([name, raw]) => {
    const path = ["environments", environment.name, "hosts", name];
    const answer = answerOf(project, answered, { path, raw: asJson(raw) });
    remarks.push(...answer.remarks);
    if (answer.value === undefined) return [];
    const made = hostOf(name, answer.value);
    if (!("code" in made)) return [made];
    remarks.push({ pointer: { path }, complaint: made });
    return [];
  });
  remarks.push(...badJumps(environment));
  const known = answerOf(project, answered, {
    path: ["environments", environment.name, "known_hosts"],
    raw: environment.knownHosts ?? `known_hosts.${environment.name}`,
  });
  remarks.push(...known.remarks);
  return {
    hosts,
    ...(typeof known.value === "string" && { knownHosts: spoken(known.value) }),
    remarks,
  };
}

/** Out of YAML, so without anything undefined in it. */
function asJson(raw: NonNullable<EnvironmentText["hosts"]>[string]): Json {
  return typeof raw === "string"
    ? raw
    : Object.fromEntries(
        Object.entries(raw).flatMap(([key, each]) => (each === undefined ? [] : [[key, each]])),
      );
}

interface Raw {
  readonly path: Path;
  readonly raw: Json;
}

/** The value once nothing in it waits for an answer any more. */
function answerOf(
  project: Project,
  { answers, open }: Answered,
  { path, raw }: Raw,
): { readonly value?: Json; readonly remarks: readonly Remark[] } {
  const later = (name: string): Complaint =>
    project.secrets.has(name)
      ? {
          code: "secret-not-allowed",
          what: `${name} is a secret, and where a host is gets shown.`,
          fix: "Use an input.",
        }
      : {
          code: "unknown-name",
          what: `\${${name}} has no answer here.`,
          fix: didYouMean(name, [...answers.keys(), ...open]),
        };
  const filled = fill(raw, { path, names: { answers, open, later } });
  return filled.isOpen || filled.remarks.length > 0
    ? { remarks: filled.remarks }
    : { value: filled.value, remarks: [] };
}

function hostOf(name: string, value: Json): HostSpec | Complaint {
  if (typeof value === "string") {
    const parts = splitHost(spoken(value));
    return parts ? { name, ...parts } : noHost(value);
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it passed the grammar of `hosts`
  const given = value as Readonly<Record<string, string | number>>;
  const text = (key: string) => {
    const each = given[key];
    return each === undefined ? {} : { [key]: spoken(String(each)) };
  };
  const parts = splitHost(spoken(String(given["address"])));
  if (!parts || parts.port !== undefined || parts.user !== undefined)
    return noHost(String(given["address"]));
  const port = given["port"] === undefined ? undefined : Number(spoken(String(given["port"])));
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536))
    return {
      code: "wrong-port",
      what: `${show(given["port"] ?? null)} is not a port.`,
      fix: "Write a number from 1 to 65535.",
    };
  return {
    name,
    ...parts,
    ...(port !== undefined && { port }),
    ...text("user"),
    ...text("key"),
    ...text("certificate"),
    ...text("jump"),
  };
}

function noHost(text: string): Complaint {
  return {
    code: "wrong-host",
    what: `${show(text)} is not a host.`,
    fix: "Write a name or an IP address, with user and port where they are needed: deploy@10.0.0.11:2222.",
  };
}

function badJumps({ name: environment, hosts = {} }: EnvironmentText): readonly Remark[] {
  const names = Object.keys(hosts);
  const jumpOf = (name: string): string | undefined => {
    const raw = hosts[name];
    return typeof raw === "object" ? raw.jump : undefined;
  };
  return names.flatMap((name): readonly Remark[] => {
    const jump = jumpOf(name);
    if (jump === undefined) return [];
    const pointer = { path: ["environments", environment, "hosts", name, "jump"] };
    if (!names.includes(jump)) {
      const what = `There is no host ${jump} in this environment.`;
      return [{ pointer, complaint: { code: "unknown-host", what, fix: didYouMean(jump, names) } }];
    }
    if (!isCircle(name, jumpOf)) return [];
    const what = `${name} would be reached through itself.`;
    return [
      { pointer, complaint: { code: "jump-circle", what, fix: "Take one of the jumps out." } },
    ];
  });
}

function isCircle(start: string, jumpOf: (name: string) => string | undefined): boolean {
  const seen = new Set([start]);
  for (let at = jumpOf(start); at !== undefined; at = jumpOf(at)) {
    if (seen.has(at)) return true;
    seen.add(at);
  }
  return false;
}
