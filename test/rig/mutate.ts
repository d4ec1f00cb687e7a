/** What tends to break readers of YAML. */
const WORDS = [
  "[",
  "]",
  "{",
  "}",
  ":",
  "-",
  "?",
  "&a",
  "*a",
  "!t",
  "|",
  ">",
  "%",
  "@",
  "`",
  "#",
  '"',
  "'",
  ",",
  "\n",
  "\t",
  "\r",
  " ",
  "\u0000",
  "\uFEFF",
  "\uD800",
  "é",
  "\u2028",
  "---\n",
  "...\n",
  "<<: ",
  "__proto__: ",
  "constructor: ",
  "null",
  "~",
  "true",
  "1e999",
  "-0",
  ".nan",
  "0x7fffffffffffffffff",
  "${",
  "${A}",
  "$${",
  "${steps.up.url}",
  "${env.url}",
  "${TAG}",
  "${$}",
  "}",
  "needs: [up]",
  "id: up",
  "include: deploy",
  "include: smoke",
  "when: ${A} ==",
  "save: ../x",
  "secrets: [X]",
  "retry: -1",
  "[[[[[[[[",
  "- - - - ",
];

/** A text with a few random faults, always the same for the same numbers. */
export function mutate(text: string, below: (limit: number) => number): string {
  let changed = text;
  for (let times = 1 + below(4); times > 0; times--) changed = mutateOnce(changed, below);
  return changed;
}

function mutateOnce(text: string, below: (limit: number) => number): string {
  const at = below(text.length + 1);
  const to = Math.min(text.length, at + 1 + below(12));
  const lines = text.split("\n");
  const line = below(lines.length);
  switch (below(8)) {
    case 0:
      return text.slice(0, at) + text.slice(to);
    case 1:
      return text.slice(0, at) + text.slice(at, to).repeat(2) + text.slice(to);
    case 2:
      return text.slice(0, at) + (WORDS[below(WORDS.length)] ?? "") + text.slice(at);
    case 3:
      return text.slice(0, at) + (WORDS[below(WORDS.length)] ?? "") + text.slice(to);
    case 4:
      return lines.toSpliced(line, 1).join("\n");
    case 5:
      return lines.toSpliced(line, 0, lines[below(lines.length)] ?? "").join("\n");
    case 6:
      return lines.with(line, `${" ".repeat(below(5))}${lines[line] ?? ""}`).join("\n");
    default:
      return lines.with(line, (lines[line] ?? "").slice(below(4))).join("\n");
  }
}
