import { randomBytes } from "node:crypto";
import type { Writable } from "node:stream";
import { Fault } from "../../model/failure.ts";
import type { HostSpec } from "../../model/plan.ts";
import type { Finished, Limits } from "../../ports/shell.ts";
import { enders } from "../enders.ts";
import { GRACE_MS } from "../follow.ts";
import { endGroup } from "../group.ts";
import { lastBytes, textOf } from "../last-bytes.ts";
import { launch, type Launch } from "../launch.ts";
import { openFrames } from "./frames.ts";
import { HOST_SCRIPT, HOST_SCRIPT_PATH } from "./host-script.ts";
import { troubleOf, unusable, type Trouble } from "./trouble.ts";
import type { SshWorld } from "./world.ts";
import { openGate, type Gate } from "./gate.ts";

/** One question to the script on a host. */
export interface Question {
  readonly words: readonly [verb: string, ...rest: (string | number)[]];
  /** Written to the script's stdin, which is then closed. */
  readonly input?: string | undefined;
  readonly out?: (chunk: Uint8Array) => void;
  /** What the command says on stderr, without the script's own answers. */
  readonly err?: (chunk: Uint8Array) => void;
  /** Every answer but the last. */
  readonly note?: (words: string) => void;
}

/** What became of it: the script's last words, or why there are none. */
export type Answer =
  | { readonly is: "answered"; readonly words: string }
  | { readonly is: "out of reach"; readonly trouble: Trouble }
  | {
      readonly is: "given up";
      readonly how: Extract<Finished["ended"], { how: "out-of-time" | "cancelled" }>;
    };

/** The way to one host. */
export interface Line {
  readonly spec: HostSpec;
  readonly address: string;
  readonly world: SshWorld;
  /** The ssh program with our settings, without the host: what rsync and others are given. */
  ssh(): readonly [string, ...string[]];
  /** One question over one ssh process. Fault `host-not-usable`. */
  ask(question: Question, limits: Limits): Promise<Answer>;
  /** What ssh is started as for a question, for who has its own use of the streams; `nonce` marks the answers. */
  launchFor(words: Question["words"]): { readonly launch: Launch; readonly nonce: string };
  /** Puts the script onto the host. */
  install(limits: Limits): Promise<Answer>;
  /** Breaks the connection off, so that the next question makes a new one. */
  renew(): void;
  close(): Promise<void>;
  readonly gate: Gate;
}

/** sshd lets ten sessions share a connection. */
const AT_ONCE = 8;
const PATIENCE_MS = 2000;

export function openLine(spec: HostSpec, world: SshWorld): Line {
  let generation = 0;
  let isOpen = false;
  const address = `${spec.user === undefined ? "" : `${spec.user}@`}${spec.address}${spec.port === undefined ? "" : `:${spec.port}`}`;
  const control = () => `${world.sockets()}/${spec.name}.${generation}`;
  const ssh = (): readonly [string, ...string[]] => {
    isOpen = true;
    const share = ["ControlMaster=auto", `ControlPath=${control()}`, "ControlPersist=60"];
    return ["ssh", "-F", world.config(), ...share.flatMap((each) => ["-o", each])];
  };
  const start = (remote: string): Launch => ({
    argv: [...ssh(), "-T", "--", spec.name, remote],
    cwd: "/",
    env: world.environment,
  });
  const launchFor = (words: Question["words"]) => {
    const nonce = randomBytes(16).toString("hex");
    const [verb, ...rest] = words;
    return { nonce, launch: start(["exec sh", HOST_SCRIPT_PATH, verb, nonce, ...rest].join(" ")) };
  };
  const leave = async () => {
    if (!isOpen) return;
    isOpen = false;
    const argv = [
      "ssh",
      "-F",
      world.config(),
      "-o",
      `ControlPath=${control()}`,
      "-O",
      "exit",
      spec.name,
    ] as const;
    await spoken(
      { argv, cwd: "/", env: world.environment },
      { question: { words: ["exit"] }, nonce: "none" },
      { timeoutMs: PATIENCE_MS },
      world,
    );
  };
  const line: Line = {
    spec,
    address,
    world,
    ssh,
    launchFor,
    gate: openGate(AT_ONCE),
    ask: (question, limits) => line.gate(() => askOnce(line, question, limits)),
    install: (limits) => install(line, start, limits),
    renew() {
      void leave();
      generation++;
    },
    close: leave,
  };
  return line;
}

async function askOnce(line: Line, question: Question, limits: Limits): Promise<Answer> {
  for (let tries = 0; ; tries++) {
    const { launch: what, nonce } = line.launchFor(question.words);
    const spoke = await spoken(what, { question, nonce }, limits, line.world);
    if (spoke.stopped) return { is: "given up", how: spoke.stopped };
    if (spoke.last !== undefined) return { is: "answered", words: spoke.last };
    const trouble = { is: "out of reach", trouble: reason(line, spoke.said) } as const;
    if (spoke.ended.how !== "exit" || spoke.ended.code === 255) return trouble;
    // Any other end without an answer: the script is not there (any more).
    if (tries > 0)
      throw unusable(hostOf(line), spoke.said.trim() || `it answers exit ${spoke.ended.code}`);
    const installed = await line.install(limits);
    if (installed.is !== "answered") return installed;
  }
}

function reason(line: Line, said: string): Trouble {
  return troubleOf(said, hostOf(line));
}

/** As it is named in what people read. */
export function hostOf({ spec, address, world }: Pick<Line, "spec" | "address" | "world">) {
  return { name: spec.name, address, environment: world.environmentName };
}

async function install(
  line: Line,
  start: (remote: string) => Launch,
  limits: Limits,
): Promise<Answer> {
  const at = HOST_SCRIPT_PATH;
  const put = `umask 077; mkdir -p .seaworthy/bin && cat > ${at}.$$ && sync ${at}.$$ && mv ${at}.$$ ${at}`;
  const question: Question = { words: ["install"], input: HOST_SCRIPT };
  const spoke = await spoken(start(put), { question, nonce: "none" }, limits, line.world);
  if (spoke.stopped) return { is: "given up", how: spoke.stopped };
  if (spoke.ended.how === "exit" && spoke.ended.code === 0) return { is: "answered", words: "ok" };
  if (spoke.ended.how === "exit" && spoke.ended.code !== 255)
    throw unusable(hostOf(line), spoke.said.trim());
  return { is: "out of reach", trouble: reason(line, spoke.said) };
}

interface Spoken {
  readonly last?: string;
  readonly ended: Finished["ended"];
  readonly stopped?: Extract<Finished["ended"], { how: "out-of-time" | "cancelled" }>;
  /** The end of what came on stderr beside answers. */
  readonly said: string;
}

/** Words that are on the way to the last one. */
const ON_THE_WAY = /^(?:pid \d+|begun|dropped \d+)$/;

/** One ssh process from its start to its end, or to the last word of the script. */
async function spoken(
  what: Launch,
  { question, nonce }: { readonly question: Question; readonly nonce: string },
  limits: Limits,
  { leash }: SshWorld,
): Promise<Spoken> {
  const { child, pid, ended } = launch(what, ["pipe", "pipe"], "fed");
  if (!child || pid === undefined) throw noSsh(await ended);
  leash.tie(pid);
  const said = lastBytes(8 * 1024);
  const over = Promise.withResolvers<void>();
  let last: string | undefined;
  const frames = openFrames(nonce, (words) => {
    if (ON_THE_WAY.test(words)) return question.note?.(words);
    last = words;
    over.resolve();
  });
  const hear = (chunk: Uint8Array) => {
    if (chunk.length === 0) return;
    said.push(chunk);
    question.err?.(chunk);
  };
  child.stdout?.on("data", (chunk: Buffer) => question.out?.(chunk));
  child.stderr?.on("data", (chunk: Buffer) => hear(frames.push(chunk)));
  const closed = new Promise<void>((resolve) => void child.once("close", () => resolve()));
  feed(child.stdin, question.input);
  const stop = enders(limits);
  try {
    const first = await Promise.race([closed, over.promise, stop.wanted]);
    if (first && last === undefined) {
      await endGroup(pid, PATIENCE_MS);
      return { ended: first, stopped: first, said: textOf(said.bytes()) };
    }
    await quiet(closed);
    if (child.exitCode === null && child.signalCode === null) await endGroup(pid, PATIENCE_MS);
    hear(frames.flush());
    return { ...(last !== undefined && { last }), ended: await ended, said: textOf(said.bytes()) };
  } finally {
    stop.clear();
    leash.untie(pid);
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

function feed(stdin: Writable | null, input: string | undefined): void {
  stdin?.end(input ?? "");
}

/** Something that the command left behind may hold its output open. */
async function quiet(closed: Promise<void>): Promise<void> {
  const timer = Promise.withResolvers<void>();
  const handle = setTimeout(() => timer.resolve(), GRACE_MS);
  await Promise.race([closed, timer.promise]);
  clearTimeout(handle);
}

function noSsh(ended: Finished["ended"]): Fault {
  return new Fault({
    code: "no-ssh",
    what: `The ssh program can't be started: ${ended.how === "not-started" ? ended.why : ended.how}.`,
    fix: "Install OpenSSH's client on this machine: apt-get install openssh-client",
  });
}
