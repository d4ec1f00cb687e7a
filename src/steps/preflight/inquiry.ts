import { Fault } from "../../model/failure.ts";
import type { Row } from "./row.ts";

/** One question to the script: a kind that it knows, with its words. */
export type Question = readonly [kind: string, ...words: string[]];

/** What the script was told: an exit code, and what was said. */
export interface Told {
  readonly code: number;
  readonly said: string;
}

/** What a check asks of a machine, and how the answers are judged. */
export interface Inquiry {
  readonly name: string;
  readonly questions: readonly Question[];
  judge(answers: readonly Told[]): Row;
}

/** One question and what its only answer means. */
export function single(name: string, question: Question, judge: (told: Told) => Row): Inquiry {
  return { name, questions: [question], judge: ([told]) => judge(told ?? { code: 1, said: "" }) };
}

/** A path that no program takes for an option. */
export function path(text: string): string {
  return text.startsWith("-") ? `./${text}` : text;
}

/** The script's stdin. Fault `preflight-word` for what can't stand in a line. */
export function linesOf(nonce: string, questions: readonly Question[]): string {
  const words = questions.flatMap(([kind, ...rest]) => [kind, String(rest.length), ...rest]);
  const broken = words.find((word) => /[\n\0]/.test(word));
  if (broken !== undefined)
    throw new Fault({
      code: "preflight-word",
      what: `A check has a line break in ${JSON.stringify(broken.slice(0, 60))}.`,
      fix: "Write it in one line.",
    });
  return [nonce, ...words, ""].join("\n");
}

/** The answers in what the script said, in the order of the questions; undefined for those that it did not come to. */
export function answersIn(stdout: string, nonce: string): readonly (Told | undefined)[] {
  const answers: (Told | undefined)[] = [];
  for (const part of stdout.split(`\n\x1E${nonce} begin `).slice(1)) {
    const feed = part.indexOf("\n");
    const mark = `\n\x1E${nonce} end `;
    const end = part.lastIndexOf(mark);
    if (end < feed) continue;
    const code = Number.parseInt(part.slice(end + mark.length), 10);
    answers[Number(part.slice(0, feed)) - 1] = { code, said: part.slice(feed + 1, end) };
  }
  return answers;
}
