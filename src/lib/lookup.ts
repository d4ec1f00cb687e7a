/** A text's look-ups, `${NAME}`; `$${` stands for a literal `${`. */
const LOOK_UP = /\$\$\{|\$\{([^}]*)\}/g;

type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/**
 * Replaces each `${NAME}` inside the strings of a value by its answer. Nothing is evaluated, and an answer is never
 * searched for further look-ups. Either the whole value, or all names that had no answer.
 */
export function resolve(
  value: Value,
  answers: (name: string) => string | undefined,
): { readonly value: Value } | { readonly missing: readonly string[] } {
  const missing = new Set<string>();
  const fill = (text: string) =>
    text.replace(LOOK_UP, (whole, name: string | undefined) => {
      if (name === undefined) return "${";
      const found = answers(name);
      if (found === undefined) missing.add(name);
      return found ?? whole;
    });
  const filled = mapStrings(value, fill);
  return missing.size > 0 ? { missing: [...missing] } : { value: filled };
}

/** The names that a value looks up, in order of appearance, each once. */
export function lookedUp(value: Value): readonly string[] {
  const names = new Set<string>();
  mapStrings(value, (text) => {
    for (const [, name] of text.matchAll(LOOK_UP)) if (name !== undefined) names.add(name);
    return text;
  });
  return [...names];
}

function mapStrings(value: Value, change: (text: string) => string): Value {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item: Value) => mapStrings(item, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, change)]));
}
