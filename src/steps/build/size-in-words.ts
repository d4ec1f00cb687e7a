/** `138.7 MB`. */
export function sizeInWords(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
