import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { SignIn } from "../../../ports/images.ts";

/** Name of docker's own registry in its settings. */
const DOCKERS_OWN = "https://index.docker.io/v1/";

/**
 * Environment under which docker is signed in to a registry. docker asks a helper program of ours, which answers from
 * that environment: the password is in no argument and no file, not even after a kill.
 */
export interface SignedIn extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
  /** argv that goes before `docker`, so that it finds the helper. */
  readonly before: readonly string[];
}

const HELPER = `#!/bin/sh
# Answers docker, which asks who may use a registry.
case $1 in
get) cat >/dev/null; printf '%s' "$SEAWORTHY_SIGN_IN" ;;
list) printf '{}' ;;
*) cat >/dev/null ;;
esac
`;

/** Makes docker find the helper, and the plug-ins and builders of whoever runs us where they always are. */
const FINDING = `
if [ -d "$HOME/.docker/cli-plugins" ]; then ln -sfn "$HOME/.docker/cli-plugins" "$1/cli-plugins"; fi
export PATH="$1:$PATH" BUILDX_CONFIG="\${BUILDX_CONFIG:-$HOME/.docker/buildx}"
shift
exec "$@"`;

const NOBODY: SignedIn = { env: {}, before: [], [Symbol.asyncDispose]: async () => undefined };

/** Signs in for as long as the answer is held; without a sign-in docker's own settings count. */
export async function signIn(
  { folder }: { readonly folder: string },
  who: SignIn | undefined,
): Promise<SignedIn> {
  if (who === undefined) return NOBODY;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const own = await mkdtemp(path.join(folder, "sign-in-"));
  const registry = who.registry === "docker.io" ? DOCKERS_OWN : who.registry;
  const settings = { credHelpers: { [registry]: "seaworthy" } };
  await writeFile(path.join(own, "config.json"), JSON.stringify(settings), { mode: 0o600 });
  await writeFile(path.join(own, "docker-credential-seaworthy"), HELPER, { mode: 0o700 });
  const answer = { ServerURL: registry, Username: who.user, Secret: who.password };
  return {
    env: { DOCKER_CONFIG: own, SEAWORTHY_SIGN_IN: JSON.stringify(answer) },
    before: ["sh", "-c", FINDING, "sh", own],
    [Symbol.asyncDispose]: () => rm(own, { recursive: true, force: true }),
  };
}
