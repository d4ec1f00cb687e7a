import { Fault } from "../../model/failure.ts";
import type { Answer } from "./ask.ts";
import { besideOf } from "./options.ts";
import type { Setting } from "./setting.ts";
import { unitNames } from "./units.ts";

/**
 * Who listens where our units are to listen, as far as the host lets anybody see it without root's rights: `ss` names the
 * unit of a socket, except on old hosts. What listens on another address alone leaves ours free. One line each:
 * port, unit or `-`, the command that was started or `-`.
 */
export const HOLDERS = String.raw`
command -v ss >/dev/null || exit 0
holders=$(for port in $WANTED; do
  ss -Hltnpe "sport = :$port" 2>/dev/null | while read -r _ _ _ at rest; do
    case $at in 127.0.0.1:* | '[::1]:'* | 0.0.0.0:* | '[::]:'* | '*:'*) : ;; *) continue ;; esac
    pid= group= unit= name=
    case $rest in *pid=*) pid=@{rest##*pid=} pid=@{pid%%[!0-9]*} ;; esac
    case $rest in *cgroup:*) group=@{rest##*cgroup:} group=@{group%% *} ;; esac
    [ -n "$group" ] || [ -z "$pid" ] || group=$(sed -n 's/^\(0:\|[0-9]*:name=systemd\)://p' "/proc/$pid/cgroup" 2>/dev/null | head -n 1)
    set -f
    IFS=/
    for part in $group; do case $part in *.service | *.socket | *.scope) unit=$part ;; esac; done
    unset IFS
    [ -z "$pid" ] || { IFS= read -r name <"/proc/$pid/comm"; } 2>/dev/null
    name=@{name%% *}
    say "holder $port @{unit:--} @{name:--}"
  done
done)
[ -z "$holders" ] || say "$holders"
case $holders in *' - '*)
  for each in $OWN; do
    if systemctl -q is-active -- "$each"; then say "active $each"; fi
  done
  ;;
esac
for each in $(installed); do say "before $each"; done
`.replaceAll("@{", "${");

/** Who listens on a port. */
interface Holder {
  readonly port: string;
  readonly unit?: string;
  readonly program?: string;
}

/** What the script asks for: our ports, and our units that may hold them. */
export function holdersEnv(setting: Setting): Readonly<Record<string, string>> {
  return { WANTED: portsOf(setting).join(" "), OWN: ownUnits(setting).join(" ") };
}

/** Refuses, before anything is switched, where somebody else listens on a port of ours. Fault `port-taken`. */
export function refuseTakenPorts(setting: Setting, host: string, told: Answer): void {
  const holder = strangerIn(told.all("holder").map(readHolder), {
    own: new Set([...ownUnits(setting), ...told.all("before")]),
    isOneActive: told.all("active").length > 0,
  });
  if (holder !== undefined) throw portTaken(host, holder);
}

function ownUnits(setting: Setting): readonly string[] {
  const ports = portsOf(setting);
  const names = unitNames(setting);
  return [...names.services, ...names.sockets].flatMap((name) =>
    name.includes("@PORT.") ? ports.map((port) => name.replace("@PORT.", `@${port}.`)) : [name],
  );
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
