const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** Bytes of `100KB`, `5 GB`, `1MiB`; K is 1000 and Ki 1024. Undefined when the text says something else. */
export function parseSize(text: string): number | undefined {
  const parts = /^(\d{1,15}(?:\.\d{1,3})?) ?([kmgt]?i?b)$/i.exec(text);
  const unit = UNITS[parts?.[2]?.toLowerCase() ?? ""];
  if (parts === null || unit === undefined) return undefined;
  const bytes = Math.round(Number(parts[1]) * unit);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** For people: `812 B`, `4.2 KB`, `37 MB`; K is 1000. */
export function showSize(bytes: number): string {
  let rest = bytes;
  for (const unit of ["B", "KB", "MB", "GB"]) {
    const shown = rest < 10 ? Math.round(rest * 10) / 10 : Math.round(rest);
    if (shown < 1_000) return `${shown} ${unit}`;
    rest /= 1_000;
  }
  return `${rest < 10 ? Math.round(rest * 10) / 10 : Math.round(rest)} TB`;
}
