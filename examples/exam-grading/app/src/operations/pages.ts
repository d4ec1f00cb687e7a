import { readFileSync } from "node:fs";
import { type Answer, content } from "../http/answer.ts";
import { open, type Route } from "../http/router.ts";

const FILES = [
  { path: "/", file: "index.html", type: "text/html; charset=utf-8" },
  { path: "/app.js", file: "app.js", type: "text/javascript; charset=utf-8" },
  { path: "/style.css", file: "style.css", type: "text/css; charset=utf-8" },
] as const;

/** One route for each file of the page; they are read once. */
export function pageRoutes(): readonly Route[] {
  return FILES.map(({ path, file, type }) => {
    const bytes = readFileSync(new URL(`../../public/${file}`, import.meta.url));
    // A release may be replaced at any time, so a browser must ask again.
    const answer: Answer = content(type, bytes, { "cache-control": "no-cache" });
    return open("GET", path, () => answer);
  });
}
