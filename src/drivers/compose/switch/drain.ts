import type { Clock } from "../../../ports/clock.ts";
import type { Act } from "../../../ports/driver.ts";
import type { Docker } from "../docker.ts";
import { isFine } from "../../docker-trouble.ts";
import type { Container } from "./containers.ts";

interface Draining {
  readonly docker: Docker;
  readonly clock: Clock;
  /** Name of the proxy's container. */
  readonly proxy: string;
  readonly port: number;
  readonly what: Container;
  readonly withinMs: number;
  readonly act: Act;
}

const LOOK_MS = 100;
/** A request that was on its way to the old container when the proxy was told has arrived by then. */
const SETTLE_MS = 500;

/** How many requests were still under way when the time was over; undefined: nobody could say, the whole time was given. */
export async function drained(draining: Draining): Promise<number | undefined> {
  const { clock, withinMs, act, what } = draining;
  const begun = clock.monotonic();
  for (;;) {
    const passed = clock.monotonic() - begun;
    const open = what.addresses.length === 0 ? 0 : await underWay(draining);
    if (open === 0 && passed >= Math.min(SETTLE_MS, withinMs)) return 0;
    if (passed >= withinMs) return open;
    await clock.sleep(LOOK_MS, act.signal);
    act.signal.throwIfAborted();
  }
}

/** The proxy's open connections to a container: what is not kept for later is a request. */
async function underWay(draining: Draining): Promise<number | undefined> {
  const { docker, proxy, act, what, port } = draining;
  const argv = ["exec", proxy, "cat", "/proc/net/tcp"];
  const told = await docker.look(argv, act);
  return isFine(told) ? countOpen(told.stdout, what.addresses, port) : undefined;
}

// https://docs.kernel.org/networking/proc_net_tcp.html: addresses are hexadecimal in the machine's own order of bytes.
const CONNECTED = new Set(["01", "02"]);

/** Open connections to an address and port in the text of /proc/net/tcp. */
export function countOpen(table: string, addresses: readonly string[], port: number): number {
  const wanted = new Set(addresses.map((address) => `${littleEndian(address)}:${hex(port, 4)}`));
  return table.split("\n").filter((line) => {
    const [, , remote = "", state = ""] = line.trim().split(/\s+/);
    return wanted.has(remote) && CONNECTED.has(state);
  }).length;
}

function littleEndian(address: string): string {
  return address
    .split(".")
    .toReversed()
    .map((byte) => hex(Number(byte), 2))
    .join("");
}

function hex(number: number, digits: number): string {
  return number.toString(16).toUpperCase().padStart(digits, "0");
}
