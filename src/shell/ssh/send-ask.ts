import { Fault } from "../../model/failure.ts";
import type { Finished, Limits } from "../../ports/shell.ts";
import type { Inner } from "./inner.ts";
import { hostOf } from "./line.ts";
import { SEND_SCRIPT } from "./send-script.ts";

/** One question to the script of `send-script.ts`, and what it said. Faults of `notSent`. */
export async function askSender(
  inner: Inner,
  [verb, ...words]: readonly [string, ...string[]],
  limits: Limits & { readonly maxBytes?: number; readonly stdin?: string | undefined },
): Promise<string> {
  const { stdin, ...rest } = limits;
  const argv = ["sh", "-c", SEND_SCRIPT, "send", verb, ...words] as const;
  const told = await inner.shell.look(
    { argv, ...(stdin !== undefined && { stdin }) },
    { ...rest, leavesNothing: true },
  );
  if (told.ended.how === "exit" && told.ended.code === 0) return told.stdout;
  throw notSent(inner, told);
}

/** Why a folder did not arrive. */
export function notSent(
  { line }: Pick<Inner, "line">,
  { ended, tail }: Pick<Finished, "ended" | "tail">,
): Fault {
  const { name } = hostOf(line);
  const detail = tail.trim().slice(-2000);
  const said = detail === "" ? {} : { detail };
  if (ended.how === "out-of-time")
    return new Fault({
      code: "send-out-of-time",
      what: `Not all files had arrived on ${name} when the time was up; what is there has not got its place.`,
      fix: "Raise the step's `timeout`. What has arrived is not sent again.",
      ...said,
    });
  if (ended.how === "cancelled")
    return new Fault({
      code: "send-cancelled",
      what: `The files for ${name} were no longer wanted; what has arrived has not got its place.`,
      fix: "Run it again. What has arrived is not sent again.",
    });
  return new Fault({
    code: "send-failed",
    what: `The files could not be put onto ${name}.`,
    fix: "Read the last words, mend what they name (most often the rights of the ssh user in that folder), then run again.",
    ...said,
  });
}
