import type { HostSpec } from "../../model/plan.ts";
import type { Launch } from "../launch.ts";
import { speak } from "./speak.ts";
import type { SshWorld } from "./world.ts";

const LEAVE_MS = 2000;
/** After we were killed, a connection stays no longer than this. */
const PERSIST_SECONDS = 60;

/** The ssh program for one host, whose processes share a connection: the first one makes it. */
export function openSession({ name }: HostSpec, world: SshWorld) {
  let number = 0;
  let isOpen = false;
  const control = () => `ControlPath=${world.sockets()}/${name}.${number}`;
  const ssh = (): readonly [string, ...string[]] => {
    isOpen = true;
    const share = ["ControlMaster=auto", control(), `ControlPersist=${PERSIST_SECONDS}`];
    return ["ssh", "-F", world.config(), ...share.flatMap((each) => ["-o", each])];
  };
  const asLaunch = (argv: Launch["argv"]): Launch => ({ argv, cwd: "/", env: world.environment });
  const leave = async () => {
    if (!isOpen) return;
    isOpen = false;
    const argv = ["ssh", "-F", world.config(), "-o", control(), "-O", "exit", name] as const;
    const limits = { timeoutMs: LEAVE_MS };
    await speak({ what: asLaunch(argv), question: {}, nonce: "none" }, limits, world);
  };
  return {
    ssh,
    start: (remote: string): Launch => asLaunch([...ssh(), "-T", "--", name, remote]),
    connection: () => number,
    renew(then: number) {
      if (then !== number) return;
      // The one that broke may be stuck, and whoever asks next needs not wait for its end.
      void leave();
      number++;
    },
    leave,
  };
}
