import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Examined, Reading } from "../../ports/driver.ts";
import { NO_NAMES } from "./create.ts";
import type { ContainerOptions, Options } from "./options.ts";
import { isFixed, readPort } from "./ports.ts";
import { CLIENTS_OWN } from "./stage.ts";

/** What can't work, or proves nothing, told before anything runs. */
export function examine(options: Options, reading: Reading): Examined {
  const all = Object.entries(options.containers);
  return {
    diagnostics: [
      ...hostRefusals(options, reading),
      ...all.flatMap(([part, each]) =>
        refusals(part, each, options.stable).flatMap((complaint) =>
          reading.blame(`containers.${part}`, complaint),
        ),
      ),
    ],
    notes: all.map(([part, each]) => how(part, each)),
  };
}

type Complaint = Pick<Diagnostic, "code" | "what" | "fix" | "severity">;

function hostRefusals({ hosts, rollout }: Options, reading: Reading): readonly Diagnostic[] {
  const known = reading.hosts;
  if (known === undefined) return [];
  const named = [...(hosts ?? []), ...(rollout.first === undefined ? [] : [rollout.first])];
  return named
    .filter((name) => !known.includes(name))
    .map((name) =>
      reading.blame(hosts?.includes(name) === true ? "hosts" : "rollout", {
        code: "unknown-host",
        severity: "error",
        what: `There is no host ${name} in this environment.`,
        fix:
          known.length === 0
            ? "Write it under the environment's `hosts`."
            : `Use one of: ${known.join(", ")}.`,
      }),
    );
}

/** What is wrong, in rows: whether it is so, its code, what, and the remedy. */
type Row = readonly [boolean, string, string, string];

function refusals(part: string, options: ContainerOptions, stable: string): readonly Complaint[] {
  const errors = [
    ...startRows(part, options),
    ...routerRows(part, options),
    ...environmentRows(part, options),
  ]
    .filter(([isSo]) => isSo)
    .map(([, code, what, fix]): Complaint => ({ code, severity: "error", what, fix }));
  return [...errors, ...unasked(part, options, stable), ...askedOutside(part, options)];
}

/** `ready.port` names the host's side of a published port. */
function askedOutside(
  part: string,
  { ready, ports, network }: ContainerOptions,
): readonly Complaint[] {
  if (ready === undefined || network === "host") return [];
  const published = ports.map(readPort);
  if (published.some(({ inside }) => inside === `${ready.port}/tcp`)) return [];
  const meant = published.find(({ host }) => host.includes(ready.port));
  if (meant === undefined) return [];
  const inside = meant.inside.split("/")[0] ?? "";
  return [
    {
      code: "ready-port-outside",
      severity: "warning",
      what: `\`ready\` of ${part} asks port ${ready.port}, which is the host's; in the container it is ${inside}.`,
      fix: `Write the container's port: \`ready: { …, port: ${inside} }\`.`,
    },
  ];
}

function startRows(part: string, { replace, ports, network }: ContainerOptions): readonly Row[] {
  const startsFirst = replace === "start first";
  const fixed = ports.find((port) => isFixed(readPort(port)));
  return [
    [
      startsFirst && fixed !== undefined,
      "cannot-start-first",
      `${part} is to start beside the old container, and port ${fixed} of the host can't be both's.`,
      'Give it two ports in turn, "127.0.0.1:8001|8002:8000", with a `router` that leads to `{port}`; or publish none; or take `replace: stop first`.',
    ],
    [
      startsFirst && network === "host",
      "cannot-start-first",
      `${part} is to start beside the old container, and both would have the host's own network.`,
      "Take `replace: stop first`, or a network of docker's.",
    ],
  ];
}

function routerRows(part: string, options: ContainerOptions): readonly Row[] {
  const { replace, router, network, ready, ports } = options;
  const hasName = network !== undefined && !NO_NAMES.test(network);
  return [
    [
      router !== undefined && replace !== "start first",
      "router-without-use",
      `${part} has a router, and its old container is stopped before the new one starts.`,
      "Write `replace: start first`, or leave the router out.",
    ],
    [
      router !== undefined && ready === undefined && ports.length === 0,
      "router-leads-nowhere",
      `Nobody knows at which port of ${part} its router finds it.`,
      "Write `ready` with its port, or publish one under `ports`.",
    ],
    [
      router?.text.includes("{name}") === true && !hasName,
      "router-leads-nowhere",
      `The router of ${part} leads to its name, which it has only in a docker network of its own.`,
      "Give it a `network`, which the router is in as well.",
    ],
  ];
}

function environmentRows(part: string, options: ContainerOptions): readonly Row[] {
  const { env, secrets, secret_files: files, user = "0" } = options;
  const clash = [...Object.keys(env), ...secrets].find((name) => CLIENTS_OWN.test(name));
  return [
    [
      files.length > 0 && !/^\d+(?::\d+)?$/.test(user),
      "user-by-name",
      `${part} gets secrets as files for ${user}, and only the image knows which number that is.`,
      "Write the user's number: `user: 1000:1000`.",
    ],
    [
      clash !== undefined,
      "env-name-taken",
      `${part} can't be given ${clash}: the docker program itself goes by it.`,
      `Set ${clash} in the image, or in a script that the container runs.`,
    ],
  ];
}

function unasked(part: string, options: ContainerOptions, stable: string): readonly Complaint[] {
  if (options.ready !== undefined || options.healthcheck !== undefined) return [];
  return [
    {
      code: "no-health-check",
      severity: "warning",
      what: `Nobody asks ${part} which release it is: running for ${stable} without a restart counts as well, unless the image has a health check.`,
      fix: "Write `ready: { get: /version, port: 8000 }`, so that a release is proven by what it answers.",
    },
  ];
}

/** How a container is replaced, and why so. */
function how(part: string, { replace, router, ports }: ContainerOptions): string {
  if (replace === "start first")
    return router === undefined
      ? `${part}: the new container starts beside the old one, which is stopped once the new one is proven`
      : `${part}: the new container starts beside the old one, and ${router.file} leads to it once it is proven`;
  const why = ports.some((port) => isFixed(readPort(port)))
    ? "its port is fixed"
    : "`replace: start first` is not written";
  return `${part}: stopped before its new container starts (${why})`;
}
