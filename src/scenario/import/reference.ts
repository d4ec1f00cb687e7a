type Loose = Readonly<Record<string, unknown>>;

/** The object behind a value, through `$ref`s within the document; undefined when there is none. */
export type Resolve = (value: unknown) => Loose | undefined;

const MOST_HOPS = 20;

/** Follows JSON pointers within one document. RFC 6901. */
export function resolver(document: Loose): Resolve {
  const follow = (pointer: string): unknown => {
    let at: unknown = document;
    for (const part of pointer.split("/").slice(1)) {
      const key = decode(part).replaceAll("~1", "/").replaceAll("~0", "~");
      if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- just seen to be an object with this key
      at = (at as Loose)[key];
    }
    return at;
  };
  return (value) => {
    let at = value;
    for (let hops = 0; hops < MOST_HOPS; hops++) {
      if (typeof at !== "object" || at === null) return undefined;
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object it is
      const object = at as Loose;
      const reference = object["$ref"];
      if (typeof reference !== "string") return object;
      if (!reference.startsWith("#/")) return undefined;
      at = follow(reference.slice(1));
    }
    return undefined;
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
