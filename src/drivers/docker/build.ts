import path from "node:path";
import { Fault } from "../../model/failure.ts";
import type { Release } from "../../model/release.ts";
import type { Act } from "../../ports/driver.ts";
import { isFine, trouble } from "../docker-trouble.ts";
import type { ContainerOptions } from "./options.ts";
import type { Setting } from "./setting.ts";
import { RELEASE_LABEL } from "./stored.ts";
import { withRelease } from "./words.ts";

/** What is to be built. */
interface Order {
  readonly part: string;
  readonly options: ContainerOptions;
  readonly release: Release;
  /** Absolute folder of the release's files. */
  readonly from: string;
  readonly tag: string;
}

/** Builds a part's image with the engine of this machine, and hands back its id. Fault `build-failed`. */
export async function build({ here }: Setting, order: Order, act: Act): Promise<string> {
  const { part, release, tag } = order;
  act.say(`building ${part} of ${release.id}`);
  const limits = { timeoutMs: act.timeoutMs, signal: act.signal };
  const built = await here.look({ argv: ["docker", ...buildWords(order)] }, limits);
  act.signal.throwIfAborted();
  if (!isFine(built)) throw notBuilt(part, trouble(built, `Building ${part}`));
  const told = await here.look(
    { argv: ["docker", "image", "inspect", "-f", "{{.Id}}", tag] },
    limits,
  );
  if (!isFine(told)) throw new Fault(trouble(told, `Looking for ${tag}`));
  return told.stdout.trim();
}

/** Arguments of `docker build`. */
export function buildWords({ options, release, from, tag }: Order): readonly string[] {
  const given = typeof options.build === "object" ? options.build : { args: {} };
  const { context = "", dockerfile, target, args } = given;
  const folder = path.join(from, context);
  return [
    "build",
    "--tag",
    tag,
    "--label",
    `${RELEASE_LABEL}=${release.id}`,
    ...(dockerfile === undefined ? [] : ["--file", path.join(folder, dockerfile)]),
    ...(target === undefined ? [] : ["--target", target]),
    ...Object.entries(args).flatMap(([name, value]) => [
      "--build-arg",
      `${name}=${withRelease(value, release)}`,
    ]),
    folder,
  ];
}

function notBuilt(part: string, failure: Fault["failure"]): Fault {
  if (failure.code !== "docker-refused") return new Fault(failure);
  return new Fault({
    ...failure,
    code: "build-failed",
    what: `The image of ${part} could not be built.`,
    fix: "Read the build's own words, mend what they name, then run again.",
  });
}
