import { systemClock } from "../../../src/shell/clock.ts";
import type { Command } from "../../../src/ports/shell.ts";
import { activateIn, actFor, openShellIn, type Place } from "./switch-stack.ts";

/** Where this process kills itself: at the n-th command that changes something. */
export interface Point {
  readonly number: number;
  readonly at: "before" | "during" | "after";
}

/**
 * Activates a version and kills itself, as power does, at a point of it:
 *
 *     node switch-killed.ts '{"place": …, "version": "v2", "point": …}'
 *
 * Ends with 0 when there is no such point.
 */
async function main(): Promise<void> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by the test
  const { place, version, point } = JSON.parse(process.argv[2] ?? "") as {
    place: Place;
    version: string;
    point: Point;
  };
  const opened = openShellIn(place.folder);
  const { shell } = opened;
  let changes = 0;
  const look: typeof shell.look = async (command, limits) => {
    if (!isChange(command) || ++changes !== point.number) return shell.look(command, limits);
    process.stdout.write(`${point.at} ${shown(command)}\n`);
    if (point.at === "before") die();
    const doing = shell.look(command, limits);
    if (point.at === "during") await systemClock.sleep(40);
    else await doing;
    return die();
  };
  await activateIn(place, version, { shell: { look }, act: actFor(30_000) });
  opened.close();
}

function die(): never {
  process.kill(process.pid, "SIGKILL");
  throw new Error("still alive");
}

/** Commands after which the stack is not as it was. */
function isChange({ argv }: Command): boolean {
  const text = argv.join(" ");
  return (
    ["stop", "rm"].includes(argv[1] ?? "") ||
    argv.includes("up") ||
    text.includes("set server") ||
    (argv[1] === "exec" && text.includes("mv -f"))
  );
}

function shown({ argv }: Command): string {
  return argv.join(" ").replaceAll(/\s+/g, " ").slice(0, 100);
}

await main();
