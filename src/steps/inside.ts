import { z } from "zod";
import { Fault } from "../model/failure.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Command, Shell } from "../ports/shell.ts";
import type { Preparation, Work } from "../ports/step-kind.ts";

const SHORT = /^([\w.-]+)\/([\w.-]+)$/;
const BARE = /^[\w.-]+$/;

const shortPart = z
  .string()
  .regex(SHORT, "expected a target and a part of it, such as stack/web")
  .transform((text) => {
    const [, target = "", part = ""] = SHORT.exec(text) ?? [];
    return { target, part, as: "running" as const };
  });

const longPart = z.strictObject({
  target: z.string().min(1).describe("Name of the target."),
  part: z
    .string()
    .min(1)
    .describe("Part of it: a service of the stack, or one of the hosts that it runs on."),
  as: z
    .enum(["running", "fresh"])
    .default("running")
    .describe(
      "`running`: in the part as it runs now. `fresh`: in one of the release that is being deployed, made for this command alone.",
    ),
});

const shortHost = z
  .string()
  .regex(BARE, "expected a host of the environment, such as app1, or a part of a target: stack/web")
  .transform((host) => ({ host }));

const longHost = z.strictObject({
  host: z.string().min(1).describe("Name of a host of the environment."),
});

/** A part of a target: `stack/web`. */
export const inPart = z.union([shortPart, longPart]);

/** A host of the environment: `app1`. */
export const onHost = z.union([shortHost, longHost]);

/** Where a command runs instead of on this machine: `stack/web` or `app1`. */
export const inPlace = z
  .union([shortPart, longPart, shortHost, longHost])
  .describe(
    "Runs inside a part of a target, `stack/web`, or on a host of the environment, `app1`, instead of on this machine.",
  );

export type InPart = z.output<typeof inPart>;
export type OnHost = z.output<typeof onHost>;
export type InPlace = InPart | OnHost;

export function isHost(where: InPlace): where is OnHost {
  return "host" in where;
}

/** As people write it: `stack/web`, `app1`. */
export function showPlace(where: InPlace): string {
  if (isHost(where)) return where.host;
  return `${where.as === "fresh" ? "a fresh " : ""}${where.target}/${where.part}`;
}

/** The same behind a deed: `inside stack/web`, `on app1`. */
export function sayPlace(where: InPlace): string {
  return `${isHost(where) ? "on" : "inside"} ${showPlace(where)}`;
}

/** The command as it is, or as one that runs inside the target; `cwd` then means a folder there. Fault `not-inside`. */
export async function insidePart(
  work: Pick<Work<unknown>, "driver" | "act" | "release">,
  where: InPlace | undefined,
  command: Command,
): Promise<Command> {
  if (where === undefined || isHost(where)) return command;
  const driver = work.driver(where.target);
  if (!driver.inside)
    throw new Fault({
      code: "not-inside",
      what: `The driver of ${where.target} runs no commands inside its parts.`,
      fix: "Leave `in` out, and let the command run on this machine.",
    });
  const { part, as } = where;
  const place = { part, as, ...(work.release && { release: work.release }) };
  return driver.inside(command, place, work.act());
}

/** The shell that what runs there is given to: the host's, or that of the machine on which the part runs. */
export function shellAt(
  work: Pick<Work<unknown>, "driver" | "hosts" | "shell">,
  where: InPlace | undefined,
): Shell {
  if (where === undefined) return work.shell;
  if (isHost(where)) return work.hosts.host(where.host).shell;
  return work.driver(where.target).shellOf?.(where.part) ?? work.shell;
}

/** A target or a host that this environment does not have. */
export function refuseUnknownPlace(
  where: InPlace | undefined,
  preparation: Pick<Preparation, "targets" | "hosts" | "blame">,
  key = "in",
): readonly Diagnostic[] {
  if (where === undefined) return [];
  return isHost(where)
    ? refuseNoHost(where.host, preparation, key)
    : refuseNoTarget(where.target, preparation, key);
}

/** A look-up is answered only when the run begins; the hosts themselves refuse a wrong name then. */
function refuseNoHost(
  host: string,
  { targets, hosts = [], blame }: Pick<Preparation, "targets" | "hosts" | "blame">,
  key: string,
): readonly Diagnostic[] {
  if (hosts.includes(host) || host.startsWith("${")) return [];
  if (targets.includes(host))
    return [
      blame(
        key,
        `"${host}" is a target, and nothing says which part of it.`,
        `Name the part, too: ${host}/web.`,
      ),
    ];
  const fix =
    hosts.length === 0
      ? "Write it under the environment's `hosts`, or name a part of a target: stack/web."
      : `Use one of: ${hosts.join(", ")}.`;
  return [blame(key, `There is no host "${host}" in this environment.`, fix)];
}

/** A target by its name that this environment does not have. */
export function refuseNoTarget(
  target: string,
  { targets, ...preparation }: Pick<Preparation, "targets" | "blame">,
  key = "target",
): readonly Diagnostic[] {
  if (targets.includes(target)) return [];
  return [
    preparation.blame(
      key,
      `There is no target "${target}" in this environment.`,
      targets.length === 0
        ? "Write it under `targets`, and name it in the environment."
        : `Use one of: ${targets.join(", ")}.`,
    ),
  ];
}
