import { readFileSync } from "node:fs";

/** The version in package.json, which lies one folder above sources and build alike. */
export function version(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const found = /"version":\s*"([^"]+)"/.exec(text)?.[1];
  if (found === undefined) throw new Error("package.json has no version");
  return found;
}
