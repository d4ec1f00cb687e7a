/** A word of a line such as ExecStart=, where systemd would look up `%` and `$`. */
export function execWord(text: string): string {
  return quoted(text.replaceAll("%", "%%").replaceAll("$", "$$$$"));
}

/** An assignment of a line such as Environment=, where `%` is looked up and `$` is not. */
export function assignment(name: string, value: string): string {
  return quoted(`${name}=${value}`.replaceAll("%", "%%"));
}

/** The value of a plain setting, where only `%` is looked up. */
export function plain(text: string): string {
  return text.replaceAll("%", "%%");
}

// https://www.freedesktop.org/software/systemd/man/latest/systemd.syntax.html#Quoting
function quoted(text: string): string {
  const escapes: Record<string, string> = {
    "\\": String.raw`\\`,
    '"': String.raw`\"`,
    "\n": String.raw`\n`,
    "\r": String.raw`\r`,
    "\t": String.raw`\t`,
  };
  return `"${text.replaceAll(/[\\"\n\r\t]/g, (each) => escapes[each] ?? each)}"`;
}

/** A line of an environment file, in which nothing is looked up and a quoted value may go over several lines. */
export function fileAssignment(name: string, value: string): string {
  return `${name}="${value.replaceAll(/[\\"`$]/g, String.raw`\$&`)}"\n`;
}

/** One word for a POSIX shell, whatever is in it. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
