import { utimes } from "node:fs/promises";
import { Fault } from "../../model/failure.ts";
import type { Work } from "../../ports/step-kind.ts";
import { type OnHost, shellAt, showPlace } from "../inside.ts";
import { explain, hasPassed } from "../kept.ts";

/** Larger reports are nobody's. */
const MOST_BYTES = 64 * 1_048_576;

/** Kind, bytes and time of change of a file, `absent` where there is none. Its name is the only argument. */
const LOOK = `[ -e "$1" ] || { echo absent; exit 0; }
stat -L -c '%s %Y %F' -- "$1"
`;

/** Copies a file of a host here, with its time of change; hands back whether there was one. Fault `file-not-fetched`. */
export async function fetchFromHost(
  work: Pick<Work<unknown>, "driver" | "hosts" | "shell" | "signal" | "timeoutMs">,
  where: OnHost,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<boolean> {
  const { signal, timeoutMs } = work;
  const limits = { signal, timeoutMs };
  const shell = shellAt(work, where);
  const place = `${showPlace(where)}:${from}`;
  const looked = await shell.look({ argv: ["sh", "-eu", "-s", from], stdin: LOOK }, limits);
  if (!hasPassed(looked)) throw notFetched(place, explain(looked, "Looking at it").what);
  const said = looked.stdout.trim();
  if (said === "absent") return false;
  const [bytes = "", changed = "", ...kind] = said.split(" ");
  if (!kind.join(" ").startsWith("regular"))
    throw notFetched(place, `It is a ${kind.join(" ")}, not a file.`);
  if (Number(bytes) > MOST_BYTES)
    throw notFetched(place, `It has ${bytes} bytes, and ${MOST_BYTES} are the most.`);
  const streamed = await shell.stream({ argv: ["cat", "--", from] }, { file: to }, limits);
  if (streamed.from && !hasPassed(streamed.from))
    throw notFetched(place, explain(streamed.from, "Reading it").what);
  await utimes(to, Number(changed), Number(changed));
  return true;
}

function notFetched(place: string, why: string): Fault {
  return new Fault({
    code: "file-not-fetched",
    what: `${place} could not be fetched. ${why}`,
    fix: "Let the suite write its report to a file that the user of the host may read.",
  });
}
