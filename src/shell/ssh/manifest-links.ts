/** More links than this on one way are a circle; the kernel's own limit. */
const MOST_LINKS = 40;

/**
 * Whether a link leads out of the folder that all paths begin at, when it is followed as the kernel does: link by link.
 * A target that is not there is no way out, as long as all that leads to it stays inside.
 */
export function wayOut(at: string, links: ReadonlyMap<string, string>): boolean {
  let left = MOST_LINKS;
  const here: string[] = [];
  const ahead = at.split("/");
  for (let part = ahead.shift(); part !== undefined; part = ahead.shift()) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      if (here.pop() === undefined) return true;
      continue;
    }
    const target = links.get([...here, part].join("/"));
    if (target === undefined) {
      here.push(part);
      continue;
    }
    if (target.startsWith("/")) return true;
    // It leads nowhere at all.
    if (--left === 0) return false;
    ahead.unshift(...target.split("/"));
  }
  return false;
}
