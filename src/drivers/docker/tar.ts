/** A small file for an archive. */
interface Entry {
  /** Relative: `run/secrets/KEY`. */
  readonly path: string;
  readonly text: string;
  readonly uid: number;
  readonly gid: number;
  /** `400` */
  readonly mode: string;
}

const BLOCK = 512;

/** An archive of small files, as text: it goes into a command by stdin, so that no value is ever an argument or a file of the host. */
export function tarOf(entries: readonly Entry[]): string {
  return `${entries.map(entryOf).join("")}${"\0".repeat(2 * BLOCK)}`;
}

function entryOf(entry: Entry): string {
  const bytes = Buffer.byteLength(entry.text);
  const padding = "\0".repeat((BLOCK - (bytes % BLOCK)) % BLOCK);
  return `${header(entry, bytes)}${entry.text}${padding}`;
}

// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html: ustar Interchange Format
function header({ path, uid, gid, mode }: Entry, bytes: number): string {
  const before = [
    path.padEnd(100, "\0"),
    `${mode.padStart(7, "0")}\0`,
    octal(uid, 8),
    octal(gid, 8),
    octal(bytes, 12),
    octal(0, 12),
  ].join("");
  const after = `0${"\0".repeat(100)}ustar\u000000`.padEnd(BLOCK - 156, "\0");
  const sum = Buffer.from(before + after, "latin1").reduce((all, each) => all + each, 8 * 32);
  return `${before}${sum.toString(8).padStart(6, "0")}\0 ${after}`;
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, "0")}\0`;
}
