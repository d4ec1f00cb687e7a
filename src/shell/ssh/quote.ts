import type { Launch } from "../launch.ts";

/** One word for a POSIX shell, whatever is in it. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** A command as a shell text that sets its environment, its folder and its words; the host's script goes on from there. */
export function shellText({
  argv,
  cwd,
  env,
}: Pick<Launch, "argv" | "env"> & { cwd?: string }): string {
  const [program] = argv;
  const folder = cwd === undefined ? "" : quote(cwd);
  return [
    ...(cwd === undefined
      ? []
      : [`cd -- ${folder} 2>/dev/null || refused ${quote(`there is no folder ${cwd}`)}`]),
    ...Object.entries(env).map(([name, value]) => `export ${name}=${quote(value)}`),
    `command -v -- ${quote(program)} >/dev/null || refused ${quote(`there is no program ${program}`)}`,
    `set -- ${argv.map(quote).join(" ")}`,
    // A connection may break in the middle of this.
    "_sw_whole=yes",
  ].join("\n");
}

const NAME = /^[A-Za-z_]\w*$/;
/** Names that the script on the host goes by. */
const TAKEN = /^_sw_|^(?:IFS|PATH_SEPARATOR)$/;

/** Why a command can't be handed to a shell as it is; undefined when it can. */
export function unspeakable({ argv, cwd, env }: Pick<Launch, "argv" | "env"> & { cwd?: string }) {
  const words = [...argv, cwd ?? "", ...Object.values(env)];
  if (words.some((word) => word.includes("\0")))
    return "a zero byte stands in the arguments or the environment";
  const name = Object.keys(env).find((each) => !NAME.test(each) || TAKEN.test(each));
  return name === undefined ? undefined : `an environment variable can't be called ${name} there`;
}
