import type { Release } from "../../model/release.ts";
import type { CheckoutSpec } from "./spec.ts";

/** What is asked for, of the repository. */
export type Reference =
  | { readonly kind: "tag"; readonly name: string }
  | { readonly kind: "branch"; readonly name: string }
  | { readonly kind: "commit"; readonly name: string };

export function referenceOf({ tag, branch, commit }: CheckoutSpec): Reference {
  if (tag !== undefined) return { kind: "tag", name: tag };
  if (branch !== undefined) return { kind: "branch", name: branch };
  return { kind: "commit", name: commit ?? "" };
}

/** Why this can't be the name of anything in git; undefined when it can. After git-check-ref-format(1). */
export function unusable({ kind, name }: Reference): string | undefined {
  if (kind === "commit")
    return /^[0-9a-f]{7,64}$/i.test(name) ? undefined : "a commit is 7 to 64 hexadecimal digits";
  if (name.startsWith("-")) return "it begins with a dash, and git would take it for an option";
  if (name === "" || name.length > 200) return "it has no, or more than 200, characters";
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  if (/[\u0000-\u0020\u007f~^:?*[\\]/.test(name)) return "it has a space or one of ~ ^ : ? * [ \\";
  if (/\.\.|@\{|\/\/|^\/|\/$|\.$|^@$/.test(name))
    return "it has `..`, `@{`, `//`, or ends with `/` or `.`";
  if (name.split("/").some((part) => part.startsWith(".") || part.endsWith(".lock")))
    return "a part of it begins with a dot or ends with .lock";
  return undefined;
}

/** Where it stands in the mirror. */
export function fullRef({ kind, name }: Reference): string {
  if (kind === "tag") return `refs/tags/${name}`;
  return kind === "branch" ? `refs/remotes/origin/${name}` : name.toLowerCase();
}

/** The release that a commit becomes. */
export function releaseOf(reference: Reference, commit: string): Release {
  const short = commit.slice(0, 7);
  const { kind, name } = reference;
  if (kind === "commit") return { id: short, name: short, commit };
  const safe = name
    .replace(/[^A-Za-z0-9._+-]/g, "-")
    .replace(/^[.-]+/, "")
    .slice(0, 100);
  return {
    id: `${safe}+${short}`,
    name: kind === "tag" ? name : short,
    commit,
    ref: kind === "tag" ? `refs/tags/${name}` : `refs/heads/${name}`,
  };
}
