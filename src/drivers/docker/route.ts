import { Fault } from "../../model/failure.ts";
import type { Act } from "../../ports/driver.ts";
import { isFine, trouble } from "../docker-trouble.ts";
import { look, type Machine } from "./machine.ts";
import { milliseconds, type RouterOptions } from "./options.ts";
import { whereAsked } from "./prove.ts";
import { ROUTE } from "./scripts.ts";
import type { Setting } from "./setting.ts";
import type { Container } from "./sight.ts";
import type { StoredPart } from "./stored.ts";

interface Routing {
  readonly stored: StoredPart;
  /** Proven just now. */
  readonly container: Container;
  /** An old one still runs: the router may not have read its file yet. */
  readonly isBeside: boolean;
  readonly act: Act;
}

/** Leads people to a container: the router's file as a whole, then its reload. What it refuses is put back. Fault `router-refused`. */
export async function route(
  { clock }: Setting,
  machine: Machine,
  { stored, container, isBeside, act }: Routing,
): Promise<void> {
  const { router } = stored;
  if (router !== undefined) {
    const told = await look(machine, ROUTE, {
      ...(router.as_root && { before: await machine.asRoot(limitsOf(act)) }),
      args: [router.file, isBeside ? "yes" : "", ...router.reload],
      stdin: routerText(router, { stored, container }),
      act,
    });
    if (!isFine(told)) throw refused(router, told);
    if (told.stdout.includes("reloaded")) act.say(`${router.file} leads to ${container.ownName}`);
  }
  if (isBeside) await clock.sleep(milliseconds(stored.drain), act.signal);
  act.signal.throwIfAborted();
}

function limitsOf({ timeoutMs, signal }: Act) {
  return { timeoutMs, signal };
}

export function routerText(
  { text }: RouterOptions,
  { stored, container }: Pick<Routing, "stored" | "container">,
): string {
  const inside =
    stored.ready?.port ?? Number.parseInt(Object.keys(container.published)[0] ?? "", 10);
  const at = whereAsked(container, inside);
  return text
    .replaceAll("{address}", at?.address ?? "")
    .replaceAll("{port}", String(at?.port ?? ""))
    .replaceAll("{name}", container.ownName);
}

function refused(router: RouterOptions, told: Parameters<typeof trouble>[0]): Fault {
  const { detail } = trouble(told, "");
  return new Fault({
    code: "router-refused",
    what: `\`${router.reload.join(" ")}\` did not take ${router.file}, which is as it was before.`,
    fix: "Read its own words and mend `router`: its text, its command, or the right to run it (`as_root`).",
    ...(detail !== undefined && { detail }),
  });
}
