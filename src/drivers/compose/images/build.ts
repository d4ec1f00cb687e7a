import { readFile } from "node:fs/promises";
import path from "node:path";
import { Fault } from "../../../model/failure.ts";
import type { Release } from "../../../model/release.ts";
import type { Act } from "../../../ports/driver.ts";
import type { BuildOrder, Image } from "../../../ports/images.ts";
import { type Told } from "../docker.ts";
import { render } from "../render.ts";
import { COMMIT_LABEL, keepTag, RELEASE_LABEL } from "../stored.ts";
import { buildCall, dockerfileOf, type Builder } from "./build-command.ts";
import { type Distrust, distrustOf } from "./distrust.ts";
import { buildFailure } from "./last-words.ts";
import { PART_LABEL, STACK_LABEL } from "./names.ts";
import { lookSignedIn } from "./pull.ts";
import { writeBuilt } from "./record.ts";
import { save } from "../../docker-saved.ts";
import { refuseSecretsIn } from "./search.ts";
import { sectionsOf, type Section } from "./sections.ts";
import { isFine, trouble } from "../../docker-trouble.ts";
import type { Yard } from "./yard.ts";

/** Builds what the release says how to build, one image after the other, and writes down what was built. Again is fine. */
export async function build(
  yard: Yard,
  { release, order: wish }: { readonly release: Release; readonly order: BuildOrder },
  act: Act,
): Promise<readonly Image[]> {
  const { config, stands } = await render(yard.setting, { release, from: wish.from, act });
  const isSecret = (text: string) => stands.named(text).length > 0;
  const sections = sectionsOf(config, wish.parts, isSecret);
  const builder = wish.builder ?? (await best(yard, act));
  const distrust = await distrustOf(yard);
  const order = { ...wish, isCached: wish.isCached && !distrust.isThere };
  const images: Image[] = [];
  for (const section of sections) {
    act.signal.throwIfAborted();
    images.push(...(await buildOne(yard, { release, order, section, builder }, act)));
  }
  await searchForSecrets(yard, { order, sections, images, distrust }, act);
  await writeBuilt(yard, { release, images });
  return images;
}

async function best({ docker }: Yard, act: Act): Promise<Builder> {
  return isFine(await docker.look(["buildx", "version"], act)) ? "buildkit" : "classic";
}

interface One {
  readonly release: Release;
  readonly order: BuildOrder;
  readonly section: Section;
  readonly builder: Builder;
}

async function buildOne(yard: Yard, one: One, act: Act): Promise<readonly Image[]> {
  const { release, order, section, builder } = one;
  const { parts, name } = section;
  const kept = parts.map((part) => keepTag(yard.setting.name, part, release.id));
  const call = buildCall(section, {
    builder,
    tags: [...kept, ...(name === undefined ? [] : [name])],
    labels: labelsOf(yard, one),
    order,
    known: yard.setting.secrets,
    isNamedEngine: yard.setting.options.engine !== undefined,
  });
  const how = builder === "buildkit" ? "BuildKit" : "the classic builder";
  act.say(
    `building ${parts.join(" and ")} with ${how}${order.isCached ? "" : ", without a cache"}`,
  );
  const told = await heard(yard, call, act);
  if (!isFine(told)) throw new Fault(await whyNot(told, one));
  const [first = ""] = kept;
  const { id, bytes } = await measured(yard, first, act);
  return parts.map((part, index) => ({ part, id, name: name ?? kept[index] ?? first, bytes }));
}

function labelsOf(yard: Yard, { release, order, section }: One): Readonly<Record<string, string>> {
  return {
    "org.opencontainers.image.version": release.name,
    ...(release.commit !== undefined && {
      "org.opencontainers.image.revision": release.commit,
      [COMMIT_LABEL]: release.commit,
    }),
    ...order.labels,
    [RELEASE_LABEL]: release.id,
    [STACK_LABEL]: yard.setting.name,
    [PART_LABEL]: section.parts.join(","),
  };
}

/** Runs the build, and says every line of it as it comes. */
async function heard(
  yard: Yard,
  { args, env, stdin }: ReturnType<typeof buildCall>,
  act: Act,
): Promise<Told> {
  let rest = "";
  const decoder = new TextDecoder();
  const hear = (bytes: Uint8Array) => {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split(/\r?\n/);
    rest = lines.pop() ?? "";
    for (const line of lines) act.say(`| ${line}`);
  };
  const command = yard.docker.command(args, { env, ...(stdin !== undefined && { stdin }) });
  // What an image is built from may be in the stack's registry.
  const told = await lookSignedIn(yard, { command, who: yard.signIn, hear }, act);
  if (rest !== "") act.say(`| ${rest}`);
  return told;
}

async function whyNot(told: Told, { section, builder, order }: One) {
  const file = dockerfileOf(section);
  const inline = section.build["dockerfile_inline"];
  const text =
    typeof inline === "string"
      ? inline
      : file && (await readFile(file, "utf8").catch(() => undefined));
  const known = file === undefined ? "its inline Dockerfile" : path.relative(order.from, file);
  return buildFailure(told, { part: section.parts[0], builder, text, file: known });
}

async function measured(
  { docker }: Yard,
  image: string,
  act: Act,
): Promise<{ readonly id: string; readonly bytes: number }> {
  const told = await docker.look(["image", "inspect", "-f", "{{.Id}} {{.Size}}", image], act);
  if (!isFine(told)) throw new Fault(trouble(told, `Looking at ${image}, which was just built,`));
  const [id = "", bytes] = told.stdout.trim().split(" ");
  return { id, bytes: Number(bytes) };
}

interface Search extends Pick<One, "order"> {
  readonly sections: readonly Section[];
  readonly images: readonly Image[];
  readonly distrust: Distrust;
}

/** Only where the build was given something to hide. What holds it does not stay. */
async function searchForSecrets(
  yard: Yard,
  { order, sections, images, distrust }: Search,
  act: Act,
): Promise<void> {
  const secrets = { ...order.secrets, ...fromEnvironment(yard, sections) };
  if (Object.keys(secrets).length === 0) return;
  act.say("searching the images for the secrets that the builds were given");
  await using saved = await save(yard, [...new Set(images.map(({ id }) => id))], act);
  try {
    await refuseSecretsIn(saved, secrets);
  } catch (error) {
    const ids = [...new Set(images.map(({ id }) => id))];
    await yard.docker.look(["image", "rm", "--force", ...ids], act);
    await distrust.begin();
    throw error;
  }
  await distrust.end();
}

function fromEnvironment({ setting: { secrets } }: Yard, sections: readonly Section[]) {
  const names = sections.flatMap((section) =>
    Object.values(section.secrets).flatMap((from) =>
      "environment" in from ? from.environment : [],
    ),
  );
  return Object.fromEntries(
    names.flatMap((name) => (secrets[name] === undefined ? [] : [[name, secrets[name]]])),
  );
}
