import type { Resolve } from "./reference.ts";

type Loose = Readonly<Record<string, unknown>>;

const DEEPEST = 8;
const FORMATS: Readonly<Record<string, string>> = {
  date: "2026-01-31",
  "date-time": "2026-01-31T12:00:00Z",
  email: "someone@example.com",
  uuid: "6f1d2c3b-4a59-4e87-9c01-2d3e4f506172",
  uri: "https://example.com/",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  hostname: "example.com",
  byte: "c2VhbWFu",
  password: "example-password",
};

/** A value that a schema would take: its own example where it has one, else the least that it allows. */
export function exampleOf(schema: unknown, resolve: Resolve, depth = 0): unknown {
  const given = resolve(schema);
  if (given === undefined || depth > DEEPEST) return undefined;
  const said = told(given);
  if (said !== undefined) return said;
  const merged = merge(given, resolve);
  const type = typeOf(merged);
  if (type === "object") return objectOf(merged, resolve, depth);
  if (type === "array") {
    const item = exampleOf(merged["items"], resolve, depth + 1);
    return item === undefined ? [] : [item];
  }
  if (type === "integer" || type === "number") return numberOf(merged);
  if (type === "boolean") return true;
  if (type === "null") return null;
  return type === "string" ? textOf(merged) : undefined;
}

function told(schema: Loose): unknown {
  const examples: unknown = schema["examples"];
  const choices: unknown = schema["enum"];
  return (
    schema["example"] ??
    (Array.isArray(examples) ? (examples[0] as unknown) : undefined) ??
    schema["default"] ??
    schema["const"] ??
    (Array.isArray(choices) ? (choices[0] as unknown) : undefined)
  );
}

/** The properties that an object of this schema may have. */
export function propertiesOf(schema: unknown, resolve: Resolve): Loose {
  const given = resolve(schema);
  return given === undefined ? {} : (resolve(merge(given, resolve)["properties"]) ?? {});
}

/** All of `allOf`, the first of `oneOf` and `anyOf`, in one. */
function merge(schema: Loose, resolve: Resolve, depth = 0): Loose {
  if (depth > DEEPEST) return schema;
  const list = (key: string) => {
    const value: unknown = schema[key];
    return Array.isArray(value)
      ? value.flatMap((each) => {
          const found = resolve(each);
          return found ? [found] : [];
        })
      : [];
  };
  const parts = [...list("allOf"), ...list("oneOf").slice(0, 1), ...list("anyOf").slice(0, 1)].map(
    (each) => merge(each, resolve, depth + 1),
  );
  return parts.reduce<Loose>(
    (all, each) => ({
      ...all,
      ...each,
      properties: { ...resolve(all["properties"]), ...resolve(each["properties"]) },
      required: [...texts(all["required"]), ...texts(each["required"])],
    }),
    schema,
  );
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function typeOf(schema: Loose): string | undefined {
  const type = schema["type"];
  const first: unknown = Array.isArray(type) ? type.find((each) => each !== "null") : type;
  if (typeof first === "string") return first;
  const properties = schema["properties"];
  if (typeof properties === "object" && properties !== null && Object.keys(properties).length > 0)
    return "object";
  return schema["items"] === undefined ? undefined : "array";
}

/** What must be given; where nothing must, everything that may be written. */
function objectOf(schema: Loose, resolve: Resolve, depth: number): Loose {
  const properties = resolve(schema["properties"]) ?? {};
  const required = new Set(texts(schema["required"]));
  const wanted = Object.entries(properties).filter(([name, each]) => {
    const isMade = resolve(each)?.["readOnly"] === true;
    return !isMade && (required.size === 0 || required.has(name));
  });
  return Object.fromEntries(
    wanted.flatMap(([name, each]) => {
      const value = exampleOf(each, resolve, depth + 1);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function numberOf(schema: Loose): number {
  const least = schema["minimum"];
  const above = schema["exclusiveMinimum"];
  if (typeof least === "number") return above === true ? least + 1 : least;
  if (typeof above === "number") return above + 1;
  const most = schema["maximum"];
  return typeof most === "number" && most < 1 ? most : 1;
}

function textOf(schema: Loose): string {
  const format = typeof schema["format"] === "string" ? FORMATS[schema["format"]] : undefined;
  if (format !== undefined) return format;
  const least = typeof schema["minLength"] === "number" ? schema["minLength"] : 0;
  const most =
    typeof schema["maxLength"] === "number" ? schema["maxLength"] : Number.POSITIVE_INFINITY;
  return "example".padEnd(least, "x").slice(0, most);
}
