import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Release } from "../../../src/model/release.ts";
import type { Driver } from "../../../src/ports/driver.ts";

const run = promisify(execFile);

/** A container of the lab, gone when it is disposed of. */
export interface Container extends AsyncDisposable {
  readonly name: string;
  /** What a command inside says on stdout. */
  ask(argv: readonly string[], stdin?: string): Promise<string>;
}

/** What the engine says. */
export async function docker(...words: readonly string[]): Promise<string> {
  const { stdout } = await run("docker", words, { maxBuffer: 64 * 1024 * 1024 });
  return stdout.trim();
}

/** Starts one, and waits until this command inside it ends well. */
export async function startContainer(
  name: string,
  words: readonly string[],
  isReady: readonly string[],
): Promise<Container> {
  await docker("rm", "-f", "-v", name).catch(() => undefined);
  // A network of its own: the engine's default one is everybody's.
  await docker("network", "rm", name).catch(() => undefined);
  await docker("network", "create", name);
  await docker("run", "-d", "--name", name, "--network", name, ...words);
  const ask = async (argv: readonly string[], stdin = "") => {
    const child = run("docker", ["exec", "-i", name, ...argv], { maxBuffer: 64 * 1024 * 1024 });
    child.child.stdin?.end(stdin);
    return (await child).stdout;
  };
  for (let tried = 0; ; tried++) {
    try {
      await ask(isReady);
      break;
    } catch (error) {
      if (tried === 150) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  return {
    name,
    ask,
    async [Symbol.asyncDispose]() {
      await docker("rm", "-f", "-v", name);
      await docker("network", "rm", name);
    },
  };
}

const SERVING: Release = { id: "v1+1", name: "v1" };

/** A driver whose parts are containers by their names; what `stop` stops and `activate` starts are these. */
export function containersDriver(names: readonly string[]): Driver & { readonly deeds: string[] } {
  const deeds: string[] = [];
  let isRunning = true;
  const only = {
    deeds,
    current: async () => (isRunning ? SERVING : undefined),
    async stop() {
      deeds.push("stop");
      await docker("stop", "-t", "2", ...names);
      isRunning = false;
    },
    async activate(release: Release) {
      deeds.push(`activate ${release.name}`);
      await docker("start", ...names);
      isRunning = true;
    },
    async inside(
      command: Parameters<NonNullable<Driver["inside"]>>[0],
      { part, as }: Parameters<NonNullable<Driver["inside"]>>[1],
    ) {
      const env = Object.keys(command.env ?? {}).flatMap((key) => ["-e", key]);
      const image = as === "fresh" ? await docker("inspect", "-f", "{{.Image}}", part) : "";
      const words =
        as === "fresh"
          ? [
              "run",
              "--rm",
              "-i",
              "--network",
              "none",
              "--entrypoint",
              "",
              ...env,
              "--volumes-from",
              part,
              image,
            ]
          : ["exec", "-i", ...env, part];
      return { ...command, argv: ["docker", ...words, ...command.argv] as const };
    },
  };
  return only as unknown as Driver & { readonly deeds: string[] };
}
