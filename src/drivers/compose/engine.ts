import { mkdir } from "node:fs/promises";
import { sha256 } from "../../lib/digest.ts";
import { writeDurably } from "../../lib/durable-file.ts";
import { Fault } from "../../model/failure.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Act } from "../../ports/driver.ts";
import type { Engine, Setting } from "./setting.ts";
import { readIfThere } from "./stored.ts";

/** What was remembered of a target when it was first put somewhere. */
interface Remembered {
  readonly engine: string;
  readonly name: string;
  /** Tells this target's containers from those of another of the same name. */
  readonly owner: string;
}

/** Asks the engine who it is: once, for as long as these tools are held. */
export async function askEngine(setting: Setting, clock: Clock, act: Act): Promise<Engine> {
  const known = setting.known.engine ?? (await ask(setting, clock, act));
  setting.known.engine = known;
  return known;
}

async function ask(setting: Setting, clock: Clock, act: Act): Promise<Engine> {
  const began = clock.now();
  const said = await setting.docker.run(["info", "-f", "{{.ID}} {{.SystemTime}}"], act);
  const [id = "", time = ""] = said.trim().split(" ");
  const now = (began + clock.now()) / 2;
  return { id, aheadMs: Date.parse(time) - now || 0 };
}

/** The target's mark on its containers; undefined when nothing was ever put there. */
export async function ownerOf({ layout }: Setting): Promise<string | undefined> {
  return (await remembered(layout.target))?.owner;
}

/** Makes sure that this is the engine and the name that the target was first put under, and remembers them the first time. */
export async function sameEngine(
  setting: Setting,
  clock: Clock,
  act: Act,
): Promise<Engine & { readonly owner: string }> {
  const engine = await askEngine(setting, clock, act);
  const before = await remembered(setting.layout.target);
  if (before === undefined) {
    const owner = sha256(`${setting.layout.folder} ${clock.now()}`).slice(0, 16);
    const first: Remembered = { engine: engine.id, name: setting.name, owner };
    await mkdir(setting.layout.folder, { recursive: true, mode: 0o700 });
    await writeDurably(setting.layout.target, `${JSON.stringify(first)}\n`);
    return { ...engine, owner };
  }
  if (before.engine !== engine.id) throw otherEngine(setting, before.engine, engine.id);
  if (before.name !== setting.name) throw otherName(setting, before.name);
  return { ...engine, owner: before.owner };
}

async function remembered(file: string): Promise<Remembered | undefined> {
  const text = await readIfThere(file);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by sameEngine, whole or not at all
  return text === undefined ? undefined : (JSON.parse(text) as Remembered);
}

function otherEngine({ target, layout }: Setting, before: string, now: string): Fault {
  return new Fault({
    code: "other-engine",
    what: `${target} was put on the engine ${before}, and ${now} answers now.`,
    fix: `Say where the right engine is with the target's \`engine\`. If it is gone for good, remove ${layout.target} to begin on this one.`,
  });
}

function otherName({ target, name }: Setting, before: string): Fault {
  return new Fault({
    code: "other-name",
    what: `${target} was put under the name ${before}, and would now be called ${name}: a second stack beside the first.`,
    fix: `Write \`name: ${before}\` in the target, or take the first stack down before it gets another name.`,
  });
}
