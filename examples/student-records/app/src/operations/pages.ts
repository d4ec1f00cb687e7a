import { readFileSync } from "node:fs";
import type { Answer } from "../http/answer.ts";
import { open, type Route } from "../http/router.ts";

const FILES = [
  { path: "/", file: "index.html", type: "text/html; charset=utf-8" },
  { path: "/app.js", file: "app.js", type: "text/javascript; charset=utf-8" },
  { path: "/api.js", file: "api.js", type: "text/javascript; charset=utf-8" },
  { path: "/style.css", file: "style.css", type: "text/css; charset=utf-8" },
  { path: "/layout.css", file: "layout.css", type: "text/css; charset=utf-8" },
] as const;

/** One route for each file of the page; they are read once. */
export function pageRoutes(): readonly Route[] {
  return FILES.map(({ path, file, type }) => {
    const body = readFileSync(new URL(`../../public/${file}`, import.meta.url));
    // A release may be replaced at any time, so a browser must ask again.
    const headers = { "content-type": type, "cache-control": "no-cache" };
    const answer: Answer = { kind: "raw", status: 200, body, headers };
    return open("GET", path, () => answer);
  });
}
