import type { Resolve } from "./reference.ts";

type Loose = Readonly<Record<string, unknown>>;
const METHODS = ["post", "get", "head", "put", "patch", "options", "delete"] as const;
type Method = (typeof METHODS)[number];

/** One operation of a description, with what it shares with its neighbours. */
export interface Operation {
  readonly path: string;
  readonly method: Method;
  readonly spec: Loose;
  readonly shared: Loose;
}

/** Things are made before they are read and changed, and removed at the end, deepest first. */
export function operationsOf(paths: Loose, resolve: Resolve): readonly Operation[] {
  const all = Object.entries(paths).flatMap(([path, item]) => {
    const shared = resolve(item) ?? {};
    return METHODS.flatMap((method): Operation[] => {
      const spec = resolve(shared[method]);
      return spec && spec["deprecated"] !== true ? [{ path, method, spec, shared }] : [];
    });
  });
  const depth = ({ path }: Operation) => path.split("/").length;
  const kept = all.filter(({ method }) => method !== "delete");
  const makers = kept.filter(isMaker).toSorted((a, b) => depth(a) - depth(b));
  const others = kept.filter((each) => !isMaker(each));
  const removals = all
    .filter(({ method }) => method === "delete")
    .toSorted((a, b) => depth(b) - depth(a));
  return [...makers, ...others, ...removals];
}

/** Posts to a collection. */
export function isMaker({ method, path }: Operation): boolean {
  return method === "post" && !path.endsWith("}");
}

/** Its parameters; its own win over shared ones. */
export function parametersOf({ spec, shared }: Operation, resolve: Resolve): readonly Loose[] {
  const own: Loose[] = [spec["parameters"], shared["parameters"]]
    .flatMap((list): unknown[] => (Array.isArray(list) ? list : []))
    .flatMap((each) => {
      const found = resolve(each);
      return found ? [found] : [];
    });
  const seen = new Set<string>();
  return own.filter((each) => {
    const key = `${textOf(each["in"])} ${textOf(each["name"])}`;
    return seen.has(key) ? false : seen.add(key);
  });
}

/** The first 2xx that is described, and its JSON schema. */
export function successOf(spec: Loose, resolve: Resolve) {
  const responses = resolve(spec["responses"]) ?? {};
  const found = Object.keys(responses).find((status) => /^2\d\d$/.test(status));
  const range = found === undefined && Object.hasOwn(responses, "2XX");
  const response = resolve(responses[found ?? (range ? "2XX" : "default")]);
  const content = resolve(response?.["content"]) ?? {};
  const json = Object.entries(content).find(([type]) => type.includes("json"))?.[1];
  return {
    status: found === undefined ? { between: [200, 299] } : Number(found),
    schema: resolve(json)?.["schema"],
  };
}

/** A text as it is; nothing of anything else. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
