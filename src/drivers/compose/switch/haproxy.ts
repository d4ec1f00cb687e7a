import { Fault } from "../../../model/failure.ts";
import type { Act } from "../../../ports/driver.ts";
import type { HaproxyOption } from "./options.ts";
import { inside, type Inside, notWired, type Proxy, type Tally } from "./proxy.ts";

// HAProxy takes orders on its runtime socket, so it is never reloaded either. Its images have no program for sockets in common:
// busybox has nc, Debian's have bash.
const TELL = `
if command -v nc >/dev/null 2>&1; then printf '%s\\n' "$2" | nc 127.0.0.1 "$1"
else bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1" && printf "%s\\n" "$2" >&3 && cat <&3' bash "$1" "$2"; fi`;
// What it would forget in a restart, replaced in one go. Without a pin it holds no server: names are resolved again.
const KEEP = `mkdir -p "$(dirname "$1")"
printf '%s\\n' "$2" >"$1.new"
mv -f "$1.new" "$1"`;
const READ = `cat "$1" 2>/dev/null || true`;
const NOTHING = "1";

/** An HAProxy that is told over its runtime socket which container it leads to. */
export function haproxy(place: Inside, option: HaproxyOption): Proxy {
  const backend = option.backend ?? place.service;
  const runtime = socket(place, option, backend);
  const { tell, servers, stats } = runtime;
  const keep = (text: string, act: Act) =>
    inside(place, KEEP, { values: [option.state, text.trimEnd()], act });
  return {
    async check(act) {
      const names = (await servers(act)).map(({ name }) => name).join(", ");
      if (names !== option.server)
        throw notWired(place, `backend ${backend} has ${names}, not ${option.server} alone`);
    },
    async look(containers, act) {
      const [only] = await servers(act);
      const to = containers.find(({ addresses }) => addresses.includes(only?.address ?? ""));
      const kept = await inside(place, READ, { values: [option.state], act });
      const isPinned = readServers(kept).some(
        (one) => one.backend === backend && one.address === only?.address,
      );
      return { ...(to && { to: to.name }), isPinned };
    },
    async pin({ name, addresses: [address = ""] }, act) {
      const order = `set server ${backend}/${option.server} addr ${address} port ${option.port}`;
      const said = await tell(order, act);
      if ((await servers(act))[0]?.address !== address)
        throw notWired(place, `it was told to lead to ${name}, and said: ${said.trim()}`);
      await keep(await tell("show servers state", act), act);
    },
    unpin: async (act) => void (await keep(NOTHING, act)),
    async count(act) {
      const before = await stats(act);
      return async () => since(before, await stats(act));
    },
  };
}

function socket(place: Inside, { admin }: HaproxyOption, backend: string) {
  const tell = (order: string, act: Act) =>
    inside(place, TELL, { values: [String(admin), order], act });
  return {
    tell,
    stats: async (act: Act) => readStats(await tell("show stat", act), backend),
    servers: async (act: Act): Promise<readonly [Server, ...Server[]]> => {
      const said = await tell(`show servers state ${backend}`, act).catch(silenced);
      const [first, ...others] = readServers(said);
      if (first !== undefined) return [first, ...others];
      throw notWired(place, `port ${admin} on its loopback tells of no backend ${backend}`);
    },
  };
}

function silenced(error: unknown): string {
  if (error instanceof Fault && error.failure.code === "docker-refused") return "";
  throw error;
}

interface Server {
  readonly backend: string;
  readonly name: string;
  readonly address: string;
}

// https://docs.haproxy.org/2.6/management.html#9.3-show%20servers%20state
/** Lines of `show servers state`: `3 web 1 live 172.22.0.3 2 0 …`. */
export function readServers(text: string): readonly Server[] {
  return text.split("\n").flatMap((line) => {
    const [number = "", backend, , name, address] = line.split(" ");
    const isServer = /^\d+$/.test(number) && address !== undefined;
    return isServer && backend !== undefined && name !== undefined
      ? [{ backend, name, address }]
      : [];
  });
}

/** It counts from its start: fewer than before say that it was restarted, and nothing else. */
function since(before: Tally | undefined, now: Tally | undefined): Tally | undefined {
  if (before === undefined || now === undefined || now.requests < before.requests) return undefined;
  return { requests: now.requests - before.requests, lost: now.lost - before.lost };
}

/** The line of a backend in `show stat`, which is CSV under a line of names. */
export function readStats(csv: string, backend: string): Tally | undefined {
  const [head = "", ...rows] = csv.split("\n");
  const names = head.replace(/^# /, "").split(",");
  const row = rows.map((line) => line.split(",")).find((cells) => isBackend(cells, backend));
  if (row === undefined) return undefined;
  const at = (name: string) => Number(row[names.indexOf(name)] ?? 0);
  return { requests: at("req_tot") || at("stot"), lost: at("econ") + at("eresp") };
}

function isBackend([name, kind]: readonly string[], backend: string): boolean {
  return name === backend && kind === "BACKEND";
}
