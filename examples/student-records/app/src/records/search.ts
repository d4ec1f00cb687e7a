/** The part of a query that finds students: every word somewhere in the name or the address, in capitals or not. */
export function matching(search: string): {
  readonly where: string;
  readonly values: readonly string[];
} {
  const words = search.split(/\s+/).filter(Boolean).slice(0, 10);
  return {
    where: ["true", ...words.map(() => "instr(lower(name || ' ' || email), ?) > 0")].join(" AND "),
    values: words.map((word) => word.toLowerCase()),
  };
}
