import { Fault } from "../../../model/failure.ts";
import type { Act } from "../../../ports/driver.ts";
import type { SignIn } from "../../../ports/images.ts";
import type { Command } from "../../../ports/shell.ts";
import { type Told } from "../docker.ts";
import { readImageName } from "./names.ts";
import { signIn } from "./sign-in.ts";
import { isFine, trouble } from "../../docker-trouble.ts";
import type { Reach } from "./yard.ts";

/**
 * Lets the engine have an image, by tag or by digest (`registry.example/shop@sha256:…`), and hands back its id. With
 * `from: "here or registry"` nothing is asked of a registry when the engine has it.
 * Fault `image-gone`, `registry-refused`, `registry-unreachable`.
 */
export async function pull(
  reach: Reach,
  { image, from, who }: { image: string; from: "here or registry" | "registry"; who?: SignIn },
  act: Act,
): Promise<string> {
  const there = from === "registry" ? undefined : await idOf(reach, image, act);
  if (there !== undefined) return there;
  act.say(`pulling ${image}`);
  const told = await dockerSignedIn(reach, ["pull", "--quiet", image], { act, image, who });
  if (!isFine(told)) throw new Fault(trouble(told, `Pulling ${image}`));
  const id = await idOf(reach, image, act);
  if (id !== undefined) return id;
  throw new Fault({
    code: "image-gone",
    what: `${image} was pulled, and the engine does not have it.`,
    fix: "See whether something prunes the engine's images meanwhile, and run again.",
  });
}

/** Runs docker signed in to the registry that holds this image, if a sign-in for it is known. */
export async function dockerSignedIn(
  reach: Reach,
  args: readonly string[],
  { act, image, who }: { act: Act; image: string; who?: SignIn | undefined },
): Promise<Told> {
  const { registry = "docker.io" } = readImageName(image);
  const known = [who, reach.signIn].find((each) => each?.registry === registry);
  return lookSignedIn(reach, { command: reach.docker.command(args), who: known }, act);
}

/** Runs a command of docker's signed in. */
export async function lookSignedIn(
  { shell, folder }: Pick<Reach, "shell" | "folder">,
  { command, who, hear }: { command: Command; who: SignIn | undefined; hear?: Hear },
  { signal, timeoutMs }: Act,
): Promise<Told> {
  await using signed = await signIn({ folder }, who);
  const [first = "docker", ...rest] = [...signed.before, ...command.argv];
  const env = { ...command.env, ...signed.env };
  const limits = { signal, timeoutMs, ...(hear && { hear }) };
  // Signed in until it has ended.
  return await shell.look({ ...command, argv: [first, ...rest], env }, limits);
}

type Hear = (bytes: Uint8Array) => void;

/** `sha256:…` of the image that the engine has under this name; undefined when it has none. */
export async function idOf(
  { docker }: Pick<Reach, "docker">,
  image: string,
  act: Act,
): Promise<string | undefined> {
  const told = await docker.look(["image", "inspect", "-f", "{{.Id}}", image], act);
  if (isFine(told)) return told.stdout.trim();
  if (/no such image/i.test(told.tail)) return undefined;
  throw new Fault(trouble(told, `Looking for ${image}`));
}
