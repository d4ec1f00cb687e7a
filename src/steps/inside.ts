import { z } from "zod";
import { Fault } from "../model/failure.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Command } from "../ports/shell.ts";
import type { Preparation, Work } from "../ports/step-kind.ts";

const SHORT = /^([\w.-]+)\/([\w.-]+)$/;

/** Where in a target a command runs instead of on this machine: `stack/web`. */
export const inPart = z
  .union([
    z
      .string()
      .regex(SHORT, "expected a target and a part of it, such as stack/web")
      .transform((text) => {
        const [, target = "", part = ""] = SHORT.exec(text) ?? [];
        return { target, part, as: "running" as const };
      }),
    z.strictObject({
      target: z.string().min(1).describe("Name of the target."),
      part: z.string().min(1).describe("Part of it: a service of the stack."),
      as: z
        .enum(["running", "fresh"])
        .default("running")
        .describe(
          "`running`: in the part as it runs now. `fresh`: in one of the release that is being deployed, made for this command alone.",
        ),
    }),
  ])
  .describe("Runs inside a part of a target instead of on this machine. `stack/web` is short.");

export type InPart = z.output<typeof inPart>;

/** As people write it: `stack/web`. */
export function showPlace({ target, part, as }: InPart): string {
  return `${as === "fresh" ? "a fresh " : ""}${target}/${part}`;
}

/** The command as it is, or as one that runs inside the target; `cwd` then means a folder there. Fault `not-inside`. */
export async function insidePart(
  work: Pick<Work<unknown>, "driver" | "act" | "release">,
  where: InPart | undefined,
  command: Command,
): Promise<Command> {
  if (where === undefined) return command;
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

/** A target that this environment does not have. */
export function refuseUnknownTarget(
  where: InPart | undefined,
  preparation: Preparation,
  key = "in",
): readonly Diagnostic[] {
  return where === undefined ? [] : refuseNoTarget(where.target, preparation, key);
}

/** The same for a target by its name. */
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
