import { parseDuration } from "../../../lib/duration.ts";
import type { Act } from "../../../ports/driver.ts";
import type { Container } from "./containers.ts";
import type { NginxOption } from "./options.ts";
import { inside, type Inside, notWired, type Proxy, type Tally } from "./proxy.ts";

// nginx closes idle connections when it reloads, and with them requests that are on their way (before 1.27.4 always). So it is
// never reloaded: it reads a link at each request, and a link is replaced in one go. The folder that it leads to has the address
// as its name. Folders of earlier ones go when the next is made: no request reads them any more.
const PIN = `
mkdir -p "$1.to"
now=$(readlink "$1" || true)
for each in "$1.to"/*; do
  [ ! -d "$each" ] || [ "$each" = "$now" ] || rmdir "$each"
done
mkdir -p "$1.to/$2"
ln -s "$1.to/$2" "$1.new.$$"
mv -fT "$1.new.$$" "$1"`;
const LOOK = `readlink "$1" || true`;
const CHECK = `nginx -T 2>/dev/null | grep -E "$1|realpath_root|^[[:space:]]*resolver[[:space:]]" | head -n 100`;
const UNPIN = `[ ! -L "$1" ] || { ${PIN}
}`;

/** An nginx that looks at a link which container it leads to. */
export function nginx(place: Inside, option: NginxOption): Proxy {
  const { service, docker, container, clock } = place;
  const link = option.link ?? `/etc/seaworthy/${service}`;
  const at = (host: string) => `${host}:${option.port}`;
  const run = (program: string, values: readonly string[], act: Act) =>
    inside(place, program, { values: [link, ...values], act });
  const names: { keptMs: number; unusedSince?: number } = { keptMs: 0 };
  const unused = () => (names.unusedSince ??= clock.monotonic());
  return {
    async check(act) {
      names.keptMs = wiring(place, link, await run(CHECK, [], act));
    },
    async look(_, act) {
      const host = readLink(await run(LOOK, [], act));
      if (host === undefined || host === service) return { isPinned: false };
      unused();
      return { to: host, isPinned: true };
    },
    async pin({ name }: Container, act) {
      await run(PIN, [at(name)], act);
      unused();
    },
    async unpin(act) {
      // What nginx kept of the service's name until it was pinned may be the address of a container that is gone, or of another by now.
      await clock.sleep(unused() + names.keptMs - clock.monotonic(), act.signal);
      act.signal.throwIfAborted();
      // Not removed: between looking whether it is there and reading it a request would find nothing.
      await run(UNPIN, [at(service)], act);
    },
    async count(act) {
      const since = (await run("date +%s", [], act)).trim();
      const argv = ["logs", "--since", since, container];
      return async () =>
        countAnswers((await docker.look(argv, act, { maxBytes: LOG_BYTES })).stdout);
    },
  };
}

const LONGEST_KEPT_MS = 30_000;

/** For how long nginx keeps a name that it has resolved. */
function wiring(place: Inside, link: string, config: string): number {
  if (!config.includes(link)) throw notWired(place, `its configuration does not name ${link}`);
  if (!config.includes("$realpath_root"))
    throw notWired(place, "its configuration does not use $realpath_root");
  const kept = keptMs(config);
  if (kept === undefined || kept > LONGEST_KEPT_MS)
    throw notWired(place, "its `resolver` does not say for how long names are valid, 30 s at most");
  return kept;
}

/** The longest `valid=` of the `resolver` lines; undefined where one says none, and the engine's own 10 minutes count. */
export function keptMs(config: string): number | undefined {
  const lines = config.split("\n").filter((line) => /^\s*resolver\s/.test(line));
  const all = lines.map((line) => parseDuration(/\bvalid=([\w.]+)/.exec(line)?.[1] ?? ""));
  return lines.length === 0 || all.includes(undefined)
    ? undefined
    : Math.max(...all.map((ms) => ms ?? 0));
}

const LOG_BYTES = 64 * 1024 * 1024;

/** The host at the end of a link such as `/etc/seaworthy/web.to/shop-web-2:8000`. */
export function readLink(text: string): string | undefined {
  return /\/([^/\s]+):\d+\s*$/.exec(text)?.[1];
}

// The formats `combined` and the image's own `main`: … "GET / HTTP/1.1" 200 12 …
const ANSWER = /" (\d{3}) \d+/;

export function countAnswers(log: string): Tally | undefined {
  const statuses = log.split("\n").flatMap((line) => ANSWER.exec(line)?.[1] ?? []);
  if (statuses.length === 0) return undefined;
  return {
    requests: statuses.length,
    lost: statuses.filter((status) => ["502", "503", "504"].includes(status)).length,
  };
}
