import type { z } from "zod";

type Schema = z.core.$ZodType;

/** The plain schemas behind defaults, options, transforms and unions. */
export function bare(schema: Schema): readonly z.core.$ZodTypes[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- zod's own way to tell its schemas apart
  const known = schema as z.core.$ZodTypes;
  const { def } = known._zod;
  switch (def.type) {
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "nonoptional":
    case "readonly":
    case "catch":
      return bare(def.innerType);
    case "pipe":
      return [...bare(def.in), ...bare(def.out)];
    case "lazy":
      return bare(def.getter());
    case "union":
      return def.options.flatMap((option) => bare(option));
    default:
      return [known];
  }
}

/** The schemas that a value at this path may follow. */
export function at(schema: Schema, path: readonly PropertyKey[]): readonly Schema[] {
  const [head, ...rest] = path;
  if (head === undefined) return [schema];
  return bare(schema).flatMap((each) => {
    const { def } = each._zod;
    if (def.type === "object") {
      const inner = def.shape[String(head)];
      return inner ? at(inner, rest) : [];
    }
    if (def.type === "array") return at(def.element, rest);
    return def.type === "record" ? at(def.valueType, rest) : [];
  });
}

/** The keys that a map at this path may have. */
export function keysAt(schema: Schema, path: readonly PropertyKey[]): readonly string[] {
  const maps = at(schema, path).flatMap((each) => bare(each));
  return maps.flatMap(({ _zod: { def } }) => (def.type === "object" ? Object.keys(def.shape) : []));
}

/** What the schema says about itself: the outermost description. */
export function describe(schema: Schema): string | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- classic schemas carry it, mini ones do not
  const said = (schema as { description?: string }).description;
  if (said !== undefined) return said;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only schemas that wrap another have it
  const { innerType, in: input } = schema._zod.def as { innerType?: Schema; in?: Schema };
  const inner = innerType ?? input;
  return inner ? describe(inner) : undefined;
}
