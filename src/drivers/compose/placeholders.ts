import { sha256 } from "../../lib/digest.ts";

/**
 * Stand-ins for secrets while Compose renders a file: what is stored then refers to a secret by its name.
 *
 * Letters and digits only, so that every place where a password may stand takes them unchanged.
 */
export interface Placeholders {
  /** Secret's name → what stands in for it. */
  readonly env: Readonly<Record<string, string>>;
  /** Replaces values of secrets by their stand-ins. */
  hide(text: string): string;
  /** Replaces stand-ins by `${NAME}`, for Compose to look up when the stack is brought up. */
  refer(text: string): string;
  /** Names of the secrets whose stand-ins are in the text. */
  named(text: string): readonly string[];
}

export function placeholders(secrets: Readonly<Record<string, string>>): Placeholders {
  const pairs = Object.keys(secrets).map(
    (name) => [name, `swsecret${sha256(`seaworthy ${name}`).slice(0, 24)}`] as const,
  );
  // The longest first: one secret may be a piece of another.
  const values = pairs
    .map(([name, stand]) => [secrets[name] ?? "", stand] as const)
    .filter(([value]) => value !== "")
    .toSorted(([a], [b]) => b.length - a.length);
  return {
    env: Object.fromEntries(pairs),
    hide: (text) => values.reduce((sum, [value, stand]) => sum.replaceAll(value, stand), text),
    refer: (text) =>
      // A function: `$` in a replacement text has a meaning of its own.
      pairs.reduce((sum, [name, stand]) => sum.replaceAll(stand, () => `\${${name}}`), text),
    named: (text) => pairs.filter(([, stand]) => text.includes(stand)).map(([name]) => name),
  };
}
