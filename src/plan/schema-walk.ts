import type { z } from "zod";

type Schema = z.core.$ZodType;
type Def = z.core.$ZodTypes["_zod"]["def"];

const WRAPPERS = [
  "optional",
  "nullable",
  "default",
  "prefault",
  "nonoptional",
  "readonly",
  "catch",
] as const;

/** The plain schemas behind defaults, options, transforms and unions. */
function bare(schema: Schema): readonly Schema[] {
  const def = defOf(schema);
  if (isWrapper(def)) return bare(def.innerType);
  if (def.type === "pipe") return [...bare(def.in), ...bare(def.out)];
  if (def.type === "lazy") return bare(def.getter());
  return def.type === "union" ? def.options.flatMap((option) => bare(option)) : [schema];
}

/** The schemas that a value at this path may follow. */
export function at(schema: Schema, path: readonly PropertyKey[]): readonly Schema[] {
  const [head, ...rest] = path;
  if (head === undefined) return [schema];
  return bare(schema).flatMap((each) => {
    const def = defOf(each);
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
  const defs = at(schema, path)
    .flatMap((each) => bare(each))
    .map(defOf);
  return defs.flatMap((def) => (def.type === "object" ? Object.keys(def.shape) : []));
}

/** What the schema says about itself: the outermost description. */
export function describe(schema: Schema): string | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- classic schemas carry it, mini ones do not
  const said = (schema as { description?: string }).description;
  if (said !== undefined) return said;
  const def = defOf(schema);
  if (isWrapper(def)) return describe(def.innerType);
  return def.type === "pipe" ? describe(def.in) : undefined;
}

function defOf(schema: Schema): Def {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- zod's own way to tell its schemas apart
  const { _zod: internals } = schema as z.core.$ZodTypes;
  return internals.def;
}

function isWrapper(def: Def): def is Extract<Def, { type: (typeof WRAPPERS)[number] }> {
  return WRAPPERS.some((type) => type === def.type);
}

/** The keys of a map with their schemas; of several forms, all of them. */
export function shapeOf(schema: Schema): Readonly<Record<string, Schema>> {
  const defs = bare(schema).map(defOf);
  return Object.assign({}, ...defs.map((def) => (def.type === "object" ? def.shape : {})));
}
