import { Fault, type Failure } from "../../model/failure.ts";

/** What ssh said when it could not, or no longer, reach a host. */
export interface Trouble {
  readonly failure: Failure;
  /** Whether asking again may help. */
  readonly isPassing: boolean;
}

interface Reached {
  readonly name: string;
  readonly address: string;
  readonly environment: string;
}

/** Tells from ssh's own words why there is no answer. */
export function troubleOf(words: string, { name, address, environment }: Reached): Trouble {
  const said = words.trim();
  const detail = said === "" ? {} : { detail: said.slice(-2000) };
  const enrol = `seaworthy hosts enrol --env ${environment} ${name}`;
  if (/REMOTE HOST IDENTIFICATION HAS CHANGED|host key for .* has changed/i.test(said))
    return fatal({
      code: "host-key-changed",
      what: `${name} (${address}) shows another host key than the enrolled one: it is another machine, it was set up anew, or somebody is in between.`,
      fix: `Find out on the host's own console which. Only if its new key is right: ${enrol} --replace`,
      ...shownKey(said),
    });
  if (/Host key verification failed|host key is known for|authenticity of host/i.test(said))
    return fatal({
      code: "host-key-unknown",
      what: `Nobody has enrolled the host key of ${name} (${address}).`,
      fix: `Compare its fingerprint and enrol it: ${enrol}`,
      ...detail,
    });
  const open = openKey(said, name);
  if (open !== undefined) return fatal({ ...open, ...detail });
  if (/Permission denied|Too many authentication failures/i.test(said))
    return fatal({
      code: "host-refused",
      what: `${name} (${address}) does not let us in: none of our keys is accepted for this user.`,
      fix: "See that the user is right, that its key is in the agent or written as the host's `key`, and that the host has the public half in authorized_keys.",
      ...detail,
    });
  const last = said.split("\n").at(-1) ?? "";
  return {
    isPassing: true,
    failure: {
      code: "host-unreachable",
      what: `${name} (${address}) can't be reached${last === "" ? ": the connection broke" : `: ${last}`}.`,
      fix: `See that it runs and that its ssh server answers: seaworthy hosts list --env ${environment}`,
      ...detail,
    },
  };
}

/** ssh leaves such a key out, and then it is the host that says no. */
function openKey(said: string, name: string): Failure | undefined {
  const [, mode, file] = /Permissions (\d+) for '([^'\n]+)' are too open/.exec(said) ?? [];
  if (file === undefined) return undefined;
  return {
    code: "host-key-file",
    what: `The key ${file} of ${name} is open to others (its mode is ${mode}), so ssh does not use it.`,
    fix: `Keep it to yourself: chmod 600 ${file}`,
  };
}

/** Of ssh's banner, whose own remedy leads elsewhere, the one line that tells something. */
function shownKey(said: string): { readonly detail?: string } {
  const key = /The fingerprint for the \S+ key sent by the remote host is\s+SHA256:[\w+/]+/.exec(
    said,
  );
  return key === null ? {} : { detail: key[0].replaceAll(/\s+/g, " ") };
}

function fatal(failure: Failure): Trouble {
  return { failure, isPassing: false };
}

/** The host answers, but not as it must. */
export function unusable({ name, address }: Reached, why: string): Fault {
  return new Fault({
    code: "host-not-usable",
    what: `${name} (${address}) can't carry out our commands: ${why}.`,
    fix: "Its user needs a POSIX shell that says nothing by itself, a home folder to write to, and the core utilities (coreutils, findutils, util-linux).",
  });
}

/** Refuses to go on where somebody else deploys now. Faults `fence-stale`, `host-busy`. */
export function refuseFenced({ spec: { name } }: FencedLine, words: string): void {
  const [, number, who = "-"] = /^fenced (\d+) (\S+)$/.exec(words) ?? [];
  if (number !== undefined)
    throw new Fault({
      code: "fence-stale",
      what: `${name} has been taken over${by(who)} since this process began.`,
      fix: "Stop this process. Whoever has taken over goes on; when that is done, a new run from here may.",
    });
  const busy = /^busy (\S+)$/.exec(words)?.[1];
  if (busy === undefined) return;
  throw new Fault({
    code: "host-busy",
    what: `Another run, of another checkout of the project, is busy on ${name}${by(busy)}.`,
    fix: "Wait for its end. If it was killed: a minute after its last command, a run from here takes over.",
  });
}

interface FencedLine {
  readonly spec: { readonly name: string };
}

/** Names come as base64, for they are a word of a command line. */
function by(who: string): string {
  return who === "-" ? "" : ` by ${Buffer.from(who, "base64url").toString("utf8")}`;
}
