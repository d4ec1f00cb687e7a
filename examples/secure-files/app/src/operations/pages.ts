import { readFileSync } from "node:fs";
import { content } from "../http/answer.ts";
import { open, type Route } from "../http/router.ts";

const FILES = [
  { path: "/secure-file-viewer", file: "viewer.html", type: "text/html; charset=utf-8" },
  { path: "/viewer.js", file: "viewer.js", type: "text/javascript; charset=utf-8" },
  { path: "/transfer.js", file: "transfer.js", type: "text/javascript; charset=utf-8" },
  { path: "/sha256.js", file: "sha256.js", type: "text/javascript; charset=utf-8" },
  { path: "/viewer.css", file: "viewer.css", type: "text/css; charset=utf-8" },
] as const;

/** One route for each file of the page; they are read once. */
export function pageRoutes(): readonly Route[] {
  return FILES.map(({ path, file, type }) => {
    const bytes = readFileSync(new URL(`../../public/${file}`, import.meta.url));
    // A release may be replaced at any time, so a browser must ask again.
    const answer = content(type, bytes, { "cache-control": "no-cache" });
    return open("GET", path, () => answer);
  });
}
