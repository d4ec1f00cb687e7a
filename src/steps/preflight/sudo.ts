import type { Told } from "./inquiry.ts";
import { bad, good, type CheckOf, type Row } from "./row.ts";

/** One rule of a listing of sudo's: what may be run, and whether without a password. */
interface Rule {
  readonly isFree: boolean;
  readonly command: string;
}

/**
 * Whether each of the commands may be run as root without a password. `sudo -l COMMAND` says yes to those, too, that need
 * one, so the rules are read as well; the last one that fits is the one that counts.
 */
export function judgeSudo(
  { sudo }: CheckOf<"sudo">,
  listing: Told,
  { answers, user }: { readonly answers: readonly Told[]; readonly user: string },
): Row {
  const name = sudoName({ sudo });
  if (listing.code === 100) return good(name, "is root");
  if (listing.code === 127)
    return bad(name, "no sudo", "Install sudo (apt-get install sudo), or sign in as root.");
  const refused = sudo.flatMap((argv, index) => {
    const told = answers[index];
    return told !== undefined && isFree(listing, told) ? [] : [argv.join(" ")];
  });
  if (refused.length === 0) return good(name, `${sudo.length} of ${sudo.length}`);
  return bad(
    name,
    `refused: ${refused.join("; ")}`,
    `As root: visudo -f /etc/sudoers.d/${user}, and write: ${user} ALL=(root) NOPASSWD: ${refused.map(pathed).join(", ")}`,
  );
}

/** How the check is called: by the programs. */
export function sudoName({ sudo }: Pick<CheckOf<"sudo">, "sudo">): string {
  return `sudo ${[...new Set(sudo.map(([program]) => program.split("/").at(-1)))].join(", ")}`;
}

/** Rules need the program's path. */
function pathed(command: string): string {
  return command.startsWith("/") ? command : `/usr/bin/${command}`;
}

function isFree({ code, said }: Told, answer: Told): boolean {
  if (code !== 0 || answer.code !== 0) return false;
  if (/^\s+.*!authenticate/m.test(said)) return true;
  const rules = rulesOf(said);
  if (rules.length > 0 && rules.every((each) => each.isFree)) return true;
  const command = answer.said.trim();
  return rules.findLast((rule) => fits(rule.command, command))?.isFree === true;
}

/** The rules in a listing, in their order; a long one goes on in the next line, indented further. */
function rulesOf(listing: string): readonly Rule[] {
  const [, text = ""] = listing.split(/may run the following commands on .*:\n/);
  const joined = text.replace(/\n {8,}/g, " ");
  return joined.split("\n").flatMap((line) => {
    const [, rest] = /^\s+\([^)]*\)\s*(.*)$/.exec(line) ?? [];
    let isFreeNow = false;
    return (rest ?? "").split(/(?<!\\), /).flatMap((part): readonly Rule[] => {
      const [, tags = "", command = ""] = /^\s*((?:[A-Z]+: ?)*)(.*)$/.exec(part) ?? [];
      // A tag holds for the rest of its line.
      if (/NOPASSWD:/.test(tags)) isFreeNow = true;
      else if (/PASSWD:/.test(tags)) isFreeNow = false;
      return command === "" ? [] : [{ isFree: isFreeNow, command: command.trim() }];
    });
  });
}

/** Whether a rule speaks of a command that is allowed; what it forbids is none. A rule that can't be read here fits nothing. */
function fits(rule: string, command: string): boolean {
  if (rule === "ALL") return true;
  const [program = "", ...words] = rule.split(" ");
  const [path = "", ...given] = command.split(" ");
  if (program !== path && program !== path.replace(/[^/]*$/, "")) return false;
  if (words.length === 0) return true;
  if (words.join(" ") === '""') return given.length === 0;
  return glob(words.join(" "), given.join(" "));
}

/** Shell patterns as sudo reads them in arguments: `*` goes over spaces, too. */
function glob(pattern: string, text: string): boolean {
  const [first = "", ...rest] = pattern.replaceAll("\\", "").split("*");
  if (rest.length === 0) return first === text;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const [index, part] of rest.entries()) {
    const isLast = index === rest.length - 1;
    const found = isLast ? text.length - part.length : text.indexOf(part, at);
    if (found < at || !text.startsWith(part, found)) return false;
    at = found + part.length;
  }
  return at === text.length;
}
