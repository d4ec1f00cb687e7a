import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PUBLIC = fileURLToPath(new URL("../public", import.meta.url));
const DIST = fileURLToPath(new URL("../dist", import.meta.url));

/** In the order in which they are made: each may name those before it. */
const ASSETS = ["viewer.css", "sha256.js", "transfer.js", "viewer.js"] as const;

// The front end for a web server of its own. What the page needs is named by its content, so that it may be kept for ever and two releases stand side by side; the page itself is not.
rmSync(DIST, { recursive: true, force: true });
mkdirSync(join(DIST, "assets"), { recursive: true });
const named = new Map<string, string>();
for (const asset of ASSETS) {
  const text = withNames(readFileSync(join(PUBLIC, asset), "utf8"), "./");
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 12);
  const [kind, base] = [extname(asset), asset.slice(0, -extname(asset).length)];
  named.set(asset, `${base}.${digest}${kind}`);
  writeFileSync(join(DIST, "assets", `${base}.${digest}${kind}`), text);
}
const page = withNames(readFileSync(join(PUBLIC, "viewer.html"), "utf8"), "/", "/assets/");
writeFileSync(join(DIST, "secure-file-viewer.html"), page);
process.stdout.write(`1 page and ${named.size} assets in dist.\n`);

/** The text in which each asset is called by its new name. */
function withNames(text: string, before: string, now: string = before): string {
  let told = text;
  for (const [asset, name] of named)
    told = told.replaceAll(`"${before}${asset}"`, `"${now}${name}"`);
  return told;
}
