import { Fault } from "../../model/failure.ts";
import type { Result } from "../../model/event.ts";
import type { Act } from "../../ports/driver.ts";
import type { BuildOrder, Difference, Image, Images } from "../../ports/images.ts";
import type { Work } from "../../ports/step-kind.ts";
import { commentary } from "../deploy/commentary.ts";
import { keepText } from "../kept.ts";
import { inProject } from "../places.ts";
import { sizeInWords } from "./size-in-words.ts";
import { imagesFor } from "./refusals.ts";
import type { BuildSpec } from "./spec.ts";

type BuildWork = Work<BuildSpec>;

interface Made {
  readonly images: readonly Image[];
  readonly savedBytes: number;
  /** Undefined: it was built once. */
  readonly differences?: readonly Difference[];
}

/** Builds, once or twice; again is fine. */
export async function run(work: BuildWork): Promise<Result> {
  const { spec } = work;
  const { images, release } = imagesFor(work, spec.target);
  refuseSecretArguments(work);
  const order = orderOf(work);
  let made: Made | undefined;
  const told = await commentary(work, "output", async (act) => {
    const first = await images.build(release, order, act);
    made =
      spec.reproducible === undefined
        ? { images: first, savedBytes: await images.weigh(first, act) }
        : await again(images, { first, build: () => images.build(release, order, act) }, act);
    act.say(`${sizeInWords(made.savedBytes)} as \`docker save\` writes them`);
  });
  const { evidence } = told;
  if (told.failure || made === undefined)
    return { outcome: "failed", ...(told.failure && { failure: told.failure }), evidence };
  const report = await keepDifferences(work, made);
  return { ...judged(spec, made), evidence: [...evidence, ...report] };
}

function orderOf({ spec, project, secrets }: BuildWork): BuildOrder {
  const { services, builder, args } = spec;
  return {
    from: inProject(project, spec.from ?? "."),
    isCached: !spec.no_cache && spec.reproducible === undefined,
    args,
    secrets,
    labels: {},
    ...(services && { parts: services }),
    ...(builder !== "auto" && { builder }),
  };
}

async function again(
  images: Images,
  { first, build }: { first: readonly Image[]; build: () => Promise<readonly Image[]> },
  act: Act,
): Promise<Made> {
  act.say("building once more, to see whether the same comes out");
  const second = await build();
  const differences = await images.compare(first, second, act);
  return { images: second, savedBytes: await images.weigh(second, act), differences };
}

/** Build arguments stay in the image. */
function refuseSecretArguments({ spec, secrets }: BuildWork): void {
  const leaked = Object.entries(secrets).find(
    ([, value]) => value !== "" && Object.values(spec.args).some((arg) => arg.includes(value)),
  );
  if (leaked === undefined) return;
  throw new Fault({
    code: "secret-in-build",
    what: `The secret ${leaked[0]} would be a build argument, which everybody who has the image can read.`,
    fix: `Leave it out of \`args\`: the build has it already, for \`RUN --mount=type=secret,id=${leaked[0]}\`.`,
  });
}

async function keepDifferences(work: BuildWork, { images, differences }: Made) {
  if (differences === undefined) return [];
  const lines =
    differences.length === 0
      ? [`The two builds of ${names(images)} have the same content; times do not count.`]
      : differences.map(({ part, path, is }) => `${part}  ${path}  ${is}`);
  return keepText(work, "differences", `${lines.join("\n")}\n`);
}

function judged(spec: BuildSpec, { images, savedBytes, differences }: Made): Result {
  const bytes = images.reduce((sum, image) => sum + image.bytes, 0);
  const result = {
    facts: Object.fromEntries(images.map(({ part, id }) => [`image.${part}`, id])),
    numbers: {
      images: images.length,
      bytes,
      savedBytes,
      ...(differences && { differences: differences.length }),
    },
  };
  const count = differences?.length ?? 0;
  const what = `${count} ${count === 1 ? "thing differs" : "things differ"} in two builds of the same files`;
  if (spec.reproducible === "require" && differences && count > 0)
    return {
      outcome: "failed",
      failure: {
        code: "build-not-reproducible",
        what: `${what}, such as ${example(differences)}.`,
        fix: "Take times, random names and unpinned downloads out of the Dockerfile; reproducible.txt lists every path.",
        detail: differences.slice(0, 20).map(shown).join("\n"),
      },
      ...result,
    };
  const same = differences && (count === 0 ? "; twice the same content" : `; ${what}`);
  return {
    outcome: "passed",
    summary: `built ${names(images)}: ${sizeInWords(savedBytes)} saved${same ?? ""}`.slice(0, 500),
    ...result,
  };
}

function example(differences: readonly Difference[]): string {
  const [one] = differences;
  return one ? `${one.path} of ${one.part}` : "";
}

function shown({ part, path, is }: Difference): string {
  return `${part}: ${path} (${is})`;
}

function names(images: readonly Image[]): string {
  return images.map(({ part }) => part).join(", ");
}
