import { parseSize } from "../lib/size.ts";
import type { TextPath } from "../lib/yaml-text.ts";
import { lookedUp } from "./answer.ts";
import { wrongName } from "./scratch-name.ts";
import { complain } from "./source.ts";
import type { Source } from "./source.ts";

/** Complains of a name that no working file can have; one that looks something up is judged when it is known. */
export function checkFileName(name: string, path: TextPath, source: Source): void {
  const why = holdsLookUp(name) ? undefined : wrongName(name);
  if (why === undefined) return;
  complain(source, path, {
    code: "wrong-name",
    what: `"${name}" cannot be the name of a working file: ${why}.`,
    fix: "Use a name such as half.bin or parts/1.bin.",
  });
}

/** Complains of what is no number of bytes: 5242880, 5MiB or a look-up of one. */
export function checkSize(value: string | number, path: TextPath, source: Source): void {
  if (typeof value === "number" || holdsLookUp(value)) return;
  if (/^\d{1,15}$/.test(value) || parseSize(value) !== undefined) return;
  complain(source, path, {
    code: "wrong-value",
    what: `"${value}" is not a number of bytes.`,
    fix: "Write 5242880 or 5MiB.",
  });
}

function holdsLookUp(value: string): boolean {
  return lookedUp(value).names.length > 0;
}
