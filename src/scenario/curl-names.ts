/** A value that must not be shown, and how people call it. */
export interface NamedSecret {
  readonly name: string;
  readonly value: string;
}

/** Puts shell variables where secrets stand. */
export interface CurlNames {
  /** The text with a mark for each secret that is in it. */
  readonly mark: (text: string) => string;
  /** A mark for a value that has no name yet. */
  readonly markAs: (name: string) => string;
  /** As one word for a POSIX shell, its marks as variables. */
  readonly quoted: (word: string) => string;
}

const FIRST = 0xe100;
const MOST = 1_000;
/** A shorter one stands in many a word that is none. */
const LEAST = 4;
const MARK = /\ue000(.)\ue001(\w?)/gu;

export function curlNames(secrets: readonly NamedSecret[] = []): CurlNames {
  const longestFirst = secrets
    .filter(({ value }) => value.length >= LEAST)
    .toSorted((a, b) => b.value.length - a.value.length)
    .slice(0, MOST);
  const names: string[] = [];
  const markAs = (name: string) => {
    if (!names.includes(name)) names.push(name);
    return `\ue000${String.fromCodePoint(FIRST + names.indexOf(name))}\ue001`;
  };
  return {
    markAs,
    mark: (text) =>
      longestFirst.reduce(
        (marked, { name, value }) => marked.replaceAll(value, () => markAs(name)),
        text,
      ),
    quoted: (word) => {
      if (!word.includes("\ue000")) return singleQuoted(word);
      const escaped = word.replaceAll(/[\\"$`]/g, (char) => `\\${char}`);
      const said = escaped.replaceAll(MARK, (_, index: string, next: string) => {
        const name = names[(index.codePointAt(0) ?? 0) - FIRST] ?? "";
        return next === "" ? `$${name}` : `\${${name}}${next}`;
      });
      return `"${said}"`;
    },
  };
}

/** As one word for a POSIX shell. */
export function singleQuoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
