import { canonicalJson } from "../../lib/canonical.ts";
import type { Saying } from "../identity.ts";
import { besideOf, milliseconds } from "./options.ts";
import { shellWord } from "./quoting.ts";
import type { Setting } from "./setting.ts";
import { markOf, unitNames } from "./units.ts";

/** Where a release says who it is; kept with it, since the one before may say it elsewhere. */
export interface Asking extends Saying {
  readonly get: string;
  readonly host?: string;
  readonly withinMs?: number;
}

/** How a release is asked, of which only we know how to judge the answer. */
function askingOf({ options }: Setting): Asking | undefined {
  const { ready } = options;
  if (!ready) return undefined;
  const { get, status, version, host, within } = ready;
  return {
    get,
    status,
    version,
    ...(host !== undefined && { host }),
    ...(within !== undefined && { withinMs: milliseconds(within) }),
  };
}

/** All that the host needs in order to activate a release, as a shell text that is kept with it there. */
export function shapeText(setting: Setting): string {
  const { options } = setting;
  const { services, sockets, files } = unitNames(setting);
  const beside = besideOf(options);
  const asking = askingOf(setting);
  const first = Object.values(options.units).find(({ port }) => port !== undefined)?.port;
  const words: Readonly<Record<string, string>> = {
    MODE: beside ? "beside" : options.serve === "socket" ? "socket" : "restart",
    UNITS: services.join(" "),
    SOCKETS: sockets.join(" "),
    FILES: files.join(" "),
    MARK: markOf(setting),
    ADOPT: options.adopt ? "yes" : "",
    PORTS: beside ? beside.ports.join(" ") : "",
    ROUTER: beside?.router.file ?? "",
    RELOAD: beside ? beside.router.reload.map(shellWord).join(" ") : "",
    DRAIN: String(Math.ceil(milliseconds(beside?.drain ?? "0s") / 1_000)),
    SETTLE: String(Math.ceil(milliseconds(options.settle_for) / 250)),
    ASK_PATH: asking?.get ?? "",
    ASK_PORT: asking ? String(options.ready?.port ?? (beside ? "PORT" : (first ?? ""))) : "",
    ASK_HOST: asking?.host ?? "",
    ASK_STATUS: asking ? String(asking.status) : "",
    ASKING: asking ? canonicalJson(asking) : "",
  };
  return Object.entries(words)
    .map(([name, value]) => `${name}=${shellWord(value)}\n`)
    .join("");
}
