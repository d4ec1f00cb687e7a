import { Fault } from "../../../model/failure.ts";
import type { Act } from "../../../ports/driver.ts";
import type { SignIn } from "../../../ports/images.ts";
import { readImageName } from "./names.ts";
import { signIn } from "./sign-in.ts";
import { dockerCommand, isWell, trouble, tryDocker, type More, type Yard } from "./yard.ts";

type Reach = Pick<Yard, "shell" | "engine" | "folder" | "signIn">;

/** Runs docker signed in to the registry that holds this image, if a sign-in for it is known. */
export async function dockerSignedIn(
  yard: Reach,
  args: readonly string[],
  { act, image, who, ...more }: More & { act: Act; image: string; who?: SignIn | undefined },
) {
  const { registry = "docker.io" } = readImageName(image);
  const known = who ?? yard.signIn;
  await using signed = await signIn(yard, known?.registry === registry ? known : undefined);
  const command = dockerCommand(yard, args, { ...more, env: { ...more.env, ...signed.env } });
  const [first, ...rest] = [...signed.before, ...command.argv];
  const { signal, timeoutMs } = act;
  return yard.shell.look({ ...command, argv: [first ?? "docker", ...rest] }, { signal, timeoutMs });
}

/**
 * Lets the engine have an image, by tag or by digest (`registry.example/shop@sha256:…`), and hands back its id.
 * With `isThereEnough` nothing is asked of the registry when the engine has it.
 * Fault `image-gone`, `registry-refused`, `registry-unreachable`.
 */
export async function pull(
  yard: Reach,
  { image, isThereEnough, who }: { image: string; isThereEnough: boolean; who?: SignIn },
  act: Act,
): Promise<string> {
  const there = isThereEnough ? await idOf(yard, image, act) : undefined;
  if (there !== undefined) return there;
  act.say(`pulling ${image}`);
  const finished = await dockerSignedIn(yard, ["pull", "--quiet", image], { act, image, who });
  if (!isWell(finished)) throw new Fault(trouble(finished, `Pulling ${image}`));
  const id = await idOf(yard, image, act);
  if (id !== undefined) return id;
  throw new Fault({
    code: "image-gone",
    what: `${image} was pulled, and the engine does not have it.`,
    fix: "See whether something prunes the engine's images meanwhile, and run again.",
  });
}

/** `sha256:…` of the image that the engine has under this name; undefined when it has none. */
export async function idOf(
  yard: Pick<Yard, "shell" | "engine">,
  image: string,
  act: Act,
): Promise<string | undefined> {
  const finished = await tryDocker(yard, ["image", "inspect", "-f", "{{.Id}}", image], { act });
  if (isWell(finished)) return finished.stdout.trim();
  if (/no such image/i.test(finished.tail)) return undefined;
  throw new Fault(trouble(finished, `Looking for ${image}`));
}
