import { randomUUID } from "node:crypto";
import type { Command } from "../ports/shell.ts";

/** Marks every process of one command, so that all of them can be found and ended. */
const MARK = "SEAWORTHY_INSIDE";

/** The command with a mark in its environment that no other has. */
export function marked(command: Command): { readonly command: Command; readonly mark: string } {
  const mark = randomUUID();
  return { command: { ...command, env: { ...command.env, [MARK]: mark } }, mark };
}

/**
 * A client of the engine with somebody beside it who ends what it began inside.
 *
 * Ending a client ends nothing in the container: the engine goes on (https://github.com/moby/moby/issues/9098). The
 * scripts are the same for every command; what is to be run are their arguments.
 */
export function watched(
  client: Command,
  what: { readonly container: string; readonly mark: string } | { readonly made: string },
): Command {
  const watcher: Command["argv"] =
    "made" in what
      ? ["sh", "-c", WITH_CONTAINER, "sh", what.made]
      : ["sh", "-c", IN_CONTAINER, "sh", what.container, what.mark, END_ALL];
  return { ...client, argv: [...watcher, ...client.argv] };
}

/** The client, with stdin passed on: what runs in the background has none otherwise. */
const START = `exec 3<&0
"$@" <&3 3<&- &
exec 3<&-
wait "$!"
`;

/** For a part that goes on without the command. Both of us are told to end at once; the client does, and we see to the rest. */
const IN_CONTAINER = `container=$1 mark=$2 end_all=$3
shift 3
trap 'trap "" TERM; docker exec "$container" sh -c "$end_all" sh "$mark"; exit 143' TERM INT
${START}`;

/** For one that was made for the command alone. */
const WITH_CONTAINER = `container=$1
shift
trap 'trap "" TERM; docker rm -f "$container" >/dev/null 2>&1; exit 143' TERM INT
${START}`;

/** Runs inside. By the mark it finds those that have left their group, too. */
const END_ALL = `for signal in TERM TERM TERM KILL; do
  left=
  for each in /proc/[0-9]*; do
    if grep -qs "${MARK}=$1" "$each/environ" && kill -s "$signal" "\${each#/proc/}" 2>/dev/null; then left=yes; fi
  done
  if [ -z "$left" ]; then exit 0; fi
  sleep 1
done`;
