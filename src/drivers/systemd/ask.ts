import { randomBytes } from "node:crypto";
import { Fault, type Failure } from "../../model/failure.ts";
import type { Act } from "../../ports/driver.ts";
import type { Host } from "../../ports/host.ts";
import type { Finished } from "../../ports/shell.ts";
import { howEnded } from "../once.ts";
import type { Setting } from "./setting.ts";

/** One script on one host. */
export interface Question {
  readonly script: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly maxBytes?: number;
}

/** What a script has said. */
export interface Answer {
  /** What follows the word in the first line that begins with it. */
  one(word: string): string | undefined;
  all(word: string): readonly string[];
  /** A text that the script hands on as it is: what others have said, already masked. */
  section(name: string): string | undefined;
  readonly sections: readonly string[];
}

type Asked = Question & { readonly act: Act };

/** Asks a host something, or has it do something; each script may be run again. Faults of the script's own, `host-script-failed`. */
export async function ask(setting: Setting, host: Host, { env, ...asked }: Asked): Promise<Answer> {
  // Made anew each time, so that nothing which the application says can be taken for a section's head.
  const nonce = randomBytes(12).toString("hex");
  const told = await look(setting, host, { ...asked, env: { ...env, NONCE: nonce } });
  const answer = read(told.stdout, nonce);
  const refusal = answer.one("no");
  if (refusal !== undefined) throw refused(setting, host, refusal);
  mustHaveEnded(host, told);
  return answer;
}

/** The same of a script whose words are not its own. Fault `host-script-failed`. */
export async function hear(setting: Setting, host: Host, asked: Asked): Promise<string> {
  const told = await look(setting, host, asked);
  mustHaveEnded(host, told);
  return told.stdout;
}

async function look(
  { root, etc }: Setting,
  host: Host,
  { act, script, env, stdin, maxBytes = 1024 * 1024 }: Asked,
) {
  const sudo = (await host.asRoot(act)).join(" ");
  const told = await host.shell.look(
    {
      argv: ["sh", "-c", script],
      env: { ROOT: root, ETC: etc, SUDO: sudo, ...env },
      ...(stdin !== undefined && { stdin }),
    },
    { timeoutMs: act.timeoutMs, signal: act.signal, maxBytes, leavesNothing: true },
  );
  act.signal.throwIfAborted();
  return told;
}

function mustHaveEnded({ name }: Host, { ended, tail }: Pick<Finished, "ended" | "tail">): void {
  if (ended.how === "exit" && ended.code === 0) return;
  throw new Fault({
    code: ended.how === "out-of-time" ? "host-too-slow" : "host-script-failed",
    what: `${name} did not do as it was told: ${howEnded({ ended })}.`,
    fix: `Look at ${name} (disk, memory, load), then run again.`,
    detail: tail.slice(-3_000),
  });
}

/** Takes apart what a script has said. */
export function read(stdout: string, nonce: string): Answer {
  const [head = "", ...rest] = stdout.split(`${nonce} `);
  const lines = head.split("\n");
  const all = (word: string) =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  const sections = new Map(
    rest.map((each) => {
      const at = each.indexOf("\n");
      return [each.slice(0, at), each.slice(at + 1)] as const;
    }),
  );
  return {
    all,
    one: (word) => all(word)[0],
    section: (name) => sections.get(name),
    sections: [...sections.keys()],
  };
}

/** A text that came as base64. */
export function unpacked(text: string): string {
  return Buffer.from(text, "base64").toString("utf8");
}

type Words = (about: string, where: { host: string; target: string }) => Omit<Failure, "code">;

/** What the scripts refuse, in words. */
const REFUSALS: Readonly<Record<string, Words>> = {
  "release-not-staged": (about, { host, target }) => ({
    what: `The release can't serve on ${host}: ${about}.`,
    fix: `Deploy it to ${target} again, which puts its files in place.`,
  }),
  "release-serves": (about, { host }) => ({
    what: `${about} can't be retired while it serves on ${host}.`,
    fix: "Activate another release first.",
  }),
  "sudo-refused": (about, { host }) => ({
    what: `On ${host}, sudo does not let us do: ${about.split("\n").join("; ")}.`,
    fix: "Allow it without a password in /etc/sudoers.d, or sign in as root; docs/guide/systemd.md lists all that is needed.",
  }),
  "folder-not-writable": (about, { host }) => ({
    what: `${about} can't be written on ${host}.`,
    fix: `Make it on ${host} and give it to who signs in: sudo install -d -o USER ${about}. See also whether the disk is full: df -h ${about}`,
  }),
  "host-disk": (about, { host }) => ({
    what: `${about} can't be written on ${host}.`,
    fix: `Make room on ${host} (df -h), then run again.`,
  }),
  "host-busy": (about, { host }) => ({
    what: `Somebody else has been at work on this target on ${host} for more than 90 s.`,
    fix: `See who holds ${about} there (fuser ${about}), then run again.`,
  }),
  "no-systemd": (_, { host }) => ({
    what: `systemd does not run on ${host}.`,
    fix: "Use driver `docker` or `compose` there, or another host.",
  }),
  "tool-missing": (about, { host }) => ({
    what: `There is no ${about} on ${host}.`,
    fix: "Install it there: coreutils, util-linux and mawk or gawk have what is needed.",
  }),
  "user-unknown": (about, { host }) => ({
    what: `There is no user ${about} on ${host}.`,
    fix: `Make one there: sudo useradd --system --create-home ${about}`,
  }),
  "unit-foreign": (about, { host }) => ({
    what: `${about} on ${host} was not written by Seaworthy.`,
    fix: "Give the unit another name, or say `adopt: true` to have it replaced, or `installed: true` to leave it as it is.",
  }),
  "nothing-serves": (_, { host, target }) => ({
    what: `No release of ${target} runs on ${host}.`,
    fix: "Deploy one first, or let the command run `as: fresh`.",
  }),
  "activation-lost": (about, { host }) => ({
    what: `Somebody else has begun to activate ${about === "" ? "another release" : about} on ${host} in the meantime.`,
    fix: "See `seaworthy status` for who holds the environment, then run again.",
  }),
};

function refused({ target }: Setting, { name }: Host, text: string): Fault {
  const [code = "", about = ""] = text.split(" ");
  const words = REFUSALS[code];
  if (!words) throw new Error(`A script refused with ${text}`);
  return new Fault({ code, ...words(unpacked(about), { host: name, target }) });
}
