import { randomBytes } from "node:crypto";
import type { HostSpec } from "../../model/plan.ts";
import type { Limits } from "../../ports/shell.ts";
import type { Launch } from "../launch.ts";
import { openChannel, type Channel, type Request } from "./channel.ts";
import { openGate, type Gate } from "./gate.ts";
import { HOST_SCRIPT, HOST_SCRIPT_PATH } from "./host-script.ts";
import { openSession } from "./session.ts";
import { speak, type Ears, type Spoken, type Stopped } from "./speak.ts";
import { troubleOf, unusable, type Trouble } from "./trouble.ts";
import type { SshWorld } from "./world.ts";

/** One question to the script on a host. */
export interface Question extends Ears {
  /** It needs no session of its own, for it is over when it was answered: how it is put in the session that many share. */
  readonly shared?: Pick<Request, "words" | "told">;
  readonly words: readonly [verb: string, ...rest: (string | number)[]];
}

/** What became of it: the script's last words, or why there are none. */
export type Answer =
  | { readonly is: "answered"; readonly words: string }
  | { readonly is: "out of reach"; readonly trouble: Trouble }
  | {
      readonly is: "given up";
      readonly how: Stopped;
      /** Of the question, when it had been put. */
      readonly nonce?: string;
    };

/** The way to one host. */
export interface Line {
  readonly spec: HostSpec;
  readonly address: string;
  readonly world: SshWorld;
  /** The ssh program with our settings, without the host: what rsync and others are given. */
  ssh(): readonly [string, ...string[]];
  /** One question; when its session broke, the next makes a new connection. Fault `host-not-usable`. */
  ask(question: Question, limits: Limits): Promise<Answer>;
  /** What ssh is started as for a question, for who has its own use of the streams; `nonce` marks the answers. */
  launchFor(words: Question["words"]): { readonly launch: Launch; readonly nonce: string };
  /** Breaks the connection off, unless that has been done since `then`. */
  renew(then: number): void;
  /** Number of the connection in use. */
  connection(): number;
  close(): Promise<void>;
  /** Everything that uses the connection passes it. */
  readonly gate: Gate;
}

/** sshd lets ten sessions share a connection. */
const AT_ONCE = 8;

export function openLine(spec: HostSpec, world: SshWorld): Line {
  const session = openSession(spec, world);
  const launchFor: Line["launchFor"] = ([verb, ...rest]) => {
    const nonce = randomBytes(16).toString("hex");
    const remote = ["exec sh", HOST_SCRIPT_PATH, verb, nonce, ...rest].join(" ");
    return { nonce, launch: session.start(remote) };
  };
  const gate = openGate(AT_ONCE);
  const serve = (nonce: string) => session.start(`exec sh ${HOST_SCRIPT_PATH} serve ${nonce}`);
  const channel = openChannel(serve, world);
  const line: Line = {
    spec,
    address: addressOf(spec),
    world,
    ssh: () => session.ssh(),
    launchFor,
    gate,
    ask: (question, limits) => gate(() => askOnce({ line, session, channel }, question, limits)),
    renew(then) {
      if (then === session.connection()) channel.close();
      session.renew(then);
    },
    connection: () => session.connection(),
    close() {
      channel.close();
      return session.leave();
    },
  };
  return line;
}

function addressOf({ user, address, port }: HostSpec): string {
  return `${user === undefined ? "" : `${user}@`}${address}${port === undefined ? "" : `:${port}`}`;
}

interface Way {
  readonly line: Line;
  readonly session: ReturnType<typeof openSession>;
  readonly channel: Channel;
}

async function askOnce(way: Way, question: Question, limits: Limits): Promise<Answer> {
  const { line } = way;
  for (let tries = 0; ; tries++) {
    const then = line.connection();
    const { spoke, nonce } = await ask(way, question, limits);
    if (spoke.last !== undefined) return { is: "answered", words: spoke.last };
    const broke = broken(line, spoke, then);
    if (broke) return broke.is === "given up" ? { ...broke, nonce } : broke;
    // Any other end without an answer: the script is not there (any more).
    if (tries > 0) throw unusable(hostOf(line), spoke.said.trim() || "it does not answer");
    const installed = await install(way, limits);
    if (installed.is !== "answered") return installed;
  }
}

/** Over the session that all share where that can be, else over one of its own; `nonce` is in the name of what answers. */
async function ask({ line, channel }: Way, question: Question, limits: Limits) {
  const { words, shared } = question;
  if (shared !== undefined && channel.isFree()) {
    const request = { nonce: randomBytes(16).toString("hex"), ...shared, question };
    return channel.ask(request, limits);
  }
  const { launch: what, nonce } = line.launchFor(words);
  return { spoke: await speak({ what, question, nonce }, limits, line.world), nonce };
}

/** Why there is no answer, when that is not the host's doing. */
function broken(
  line: Line,
  { stopped, ended, said }: Spoken,
  then: number,
): Exclude<Answer, { readonly is: "answered" }> | undefined {
  if (stopped) return { is: "given up", how: stopped };
  if (ended.how === "exit" && ended.code !== 255) return undefined;
  line.renew(then);
  return { is: "out of reach", trouble: troubleOf(said, hostOf(line)) };
}

/** Puts the script onto the host. */
async function install({ line, session }: Way, limits: Limits): Promise<Answer> {
  const at = HOST_SCRIPT_PATH;
  const put = `umask 077; mkdir -p .seaworthy/bin && cat > ${at}.$$ && sync ${at}.$$ && mv ${at}.$$ ${at}`;
  const then = line.connection();
  const question = { input: HOST_SCRIPT };
  const spoke = await speak(
    { what: session.start(put), question, nonce: "none" },
    limits,
    line.world,
  );
  const broke = broken(line, spoke, then);
  if (broke) return broke;
  if (spoke.ended.how === "exit" && spoke.ended.code === 0) return { is: "answered", words: "ok" };
  throw unusable(hostOf(line), spoke.said.trim());
}

/** As it is named in what people read. */
export function hostOf({ spec, address, world }: Pick<Line, "spec" | "address" | "world">) {
  return { name: spec.name, address, environment: world.environmentName };
}
