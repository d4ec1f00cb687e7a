import { Fault } from "../../model/failure.ts";
import type { Act } from "../../ports/driver.ts";
import type { Host } from "../../ports/host.ts";
import { ask } from "./ask.ts";
import { besideOf } from "./options.ts";
import { COMMON } from "./scripts/common.ts";
import type { Setting } from "./setting.ts";
import { unitNames } from "./units.ts";

/**
 * Who listens where our units are to listen, as far as the host lets anybody see it without root's rights: `ss` names the
 * unit of a socket, except on old hosts. What listens on another address alone leaves ours free. One line each:
 * port, unit or `-`, the command that was started or `-`.
 */
const HOLDERS = `${COMMON}${String.raw`
command -v ss >/dev/null || { say done yes; exit 0; }
for port in $WANTED; do
  ss -Hltnpe "sport = :$port" 2>/dev/null | while read -r _ _ _ at rest; do
    case $at in 127.0.0.1:* | '[::1]:'* | 0.0.0.0:* | '[::]:'* | '*:'*) : ;; *) continue ;; esac
    pid=$(printf %s "$rest" | sed -n 's/.*pid=\([0-9][0-9]*\).*/\1/p')
    group=$(printf %s "$rest" | sed -n 's/.*cgroup:\([^ ]*\).*/\1/p')
    [ -n "$group" ] || [ -z "$pid" ] || group=$(sed -n 's/^\(0:\|[0-9]*:name=systemd\)://p' "/proc/$pid/cgroup" 2>/dev/null | head -n 1)
    unit=$(printf %s "$group" | tr / '\n' | grep -E '\.(service|socket|scope)$' | tail -n 1)
    name=
    [ -z "$pid" ] || name=$(cat "/proc/$pid/comm" 2>/dev/null | tr -d ' \n')
    say "holder $port @{unit:--} @{name:--}"
  done
done
for each in $OWN; do
  if systemctl -q is-active -- "$each"; then say "active $each"; fi
done
for each in $(cat "$meta/installed" 2>/dev/null); do say "before $each"; done
say done yes
`.replaceAll("@{", "${")}`;

/** Who listens on a port. */
interface Holder {
  readonly port: string;
  readonly unit?: string;
  readonly program?: string;
}

/** Refuses, before anything is switched, where somebody else listens on a port of ours. Fault `port-taken`. */
export async function refuseTakenPorts(setting: Setting, host: Host, act: Act): Promise<void> {
  const ports = portsOf(setting);
  if (ports.length === 0) return;
  const names = unitNames(setting);
  const own = [...names.services, ...names.sockets].flatMap((name) =>
    name.includes("@PORT.") ? ports.map((port) => name.replace("@PORT.", `@${port}.`)) : [name],
  );
  const told = await ask(setting, host, {
    script: HOLDERS,
    env: { WANTED: ports.join(" "), OWN: own.join(" ") },
    act,
  });
  const holder = strangerIn(told.all("holder").map(readHolder), {
    own: new Set([...own, ...told.all("before")]),
    isOneActive: told.all("active").length > 0,
  });
  if (holder !== undefined) throw portTaken(host.name, holder);
}

function portsOf({ options }: Setting): readonly string[] {
  const beside = besideOf(options);
  const all = beside ? beside.ports : Object.values(options.units).map(({ port }) => port);
  return [...new Set(all.flatMap((port) => (port === undefined ? [] : [String(port)])))];
}

export function readHolder(line: string): Holder {
  const [port = "", unit = "-", program = "-"] = line.split(" ");
  return { port, ...(unit !== "-" && { unit }), ...(program !== "-" && { program }) };
}

/** The first holder that is none of ours. Of one whose unit nobody can tell, ours is taken to be it while it runs. */
export function strangerIn(
  holders: readonly Holder[],
  { own, isOneActive }: { readonly own: ReadonlySet<string>; readonly isOneActive: boolean },
): Holder | undefined {
  return holders.find(({ unit }) => (unit === undefined ? !isOneActive : !own.has(unit)));
}

function portTaken(host: string, { port, unit, program }: Holder): Fault {
  const who = unit ?? program ?? "another process";
  const see = unit === undefined ? `sudo ss -ltnp 'sport = :${port}'` : `systemctl status ${unit}`;
  return new Fault({
    code: "port-taken",
    what: `Port ${port} on ${host} is held by ${who}.`,
    fix: `Give the unit another \`port\`, or end what holds it (on ${host}: ${see}); then run again.`,
  });
}
