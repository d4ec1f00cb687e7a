import type { Failure } from "../../../model/failure.ts";
import type { Told } from "../docker.ts";
import type { Builder } from "./build-command.ts";
import { trouble } from "../../docker-trouble.ts";

interface Of {
  readonly part: string;
  readonly builder: Builder;
  /** Text of the Dockerfile, where it can be had. */
  readonly text?: string | undefined;
  /** What it is called in the failure. */
  readonly file: string;
}

/** Why a build failed: the Dockerfile's line first, then the build's own last words. */
export function buildFailure(told: Pick<Told, "ended" | "tail">, of: Of): Failure {
  const failure = trouble(told, `Building ${of.part}`);
  if (failure.code !== "docker-refused" && failure.code !== "image-gone") return failure;
  const at = failedAt(told.tail, of);
  const place = at && (at.line === undefined ? "" : `line ${at.line} of ${of.file}, `);
  const because = at
    ? `${place}\`${shortened(at.said)}\`, failed`
    : "its Dockerfile or its context was refused";
  return {
    ...failure,
    code: "build-failed",
    what: `${of.part} could not be built: ${because}${codeIn(told.tail)}.`,
    fix: "Mend what its last words name; build.log has all of them. Nothing has to be taken back.",
  };
}

function codeIn(tail: string): string {
  const code = /(?:exit code: |returned a non-zero code: )(\d+)/.exec(tail)?.[1];
  return code === undefined ? "" : ` with exit code ${code}`;
}

function shortened(text: string): string {
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}

interface At {
  readonly line?: number | undefined;
  readonly said: string;
}

function failedAt(tail: string, { builder, text = "" }: Of): At | undefined {
  const instructions = read(text);
  return builder === "classic" ? classicAt(tail, instructions) : buildkitAt(tail, instructions);
}

/** `Step 3/4 : RUN make`: every instruction counts. */
function classicAt(tail: string, instructions: readonly Instruction[]): At | undefined {
  const steps = [...tail.matchAll(/^Step (\d+)\/\d+ : (.+)$/gm)];
  const [, number, said = ""] = steps.at(-1) ?? [];
  if (number === undefined) return undefined;
  return { line: instructions[Number(number) - 1]?.line, said };
}

/**
 * `#7 [build 4/5] RUN make` and, further down, `#7 ERROR: …`; newer ones say `Dockerfile:7` themselves. In the numbers only
 * those instructions count that change files or the folder.
 */
function buildkitAt(tail: string, instructions: readonly Instruction[]): At | undefined {
  const failed = /^#(\d+) ERROR:/m.exec(tail)?.[1];
  const steps = [...tail.matchAll(/^#(\d+) \[(?:(\S+) )?(\d+)\/\d+\] (.+)$/gm)];
  const [, , stage, nth, said] = steps.findLast(([, number]) => number === failed) ?? [];
  if (said === undefined) return undefined;
  const own = /^[^\s:]*:(\d+)$/m.exec(tail.slice(tail.indexOf("ERROR:")))?.[1];
  if (own !== undefined) return { line: Number(own), said };
  const inStage = instructions.filter((each) => each.counts && isIn(each, stage));
  return { line: inStage[Number(nth) - 1]?.line, said };
}

function isIn({ stage, index }: Instruction, named: string | undefined): boolean {
  return named === undefined || named === stage || named === `stage-${index}`;
}

interface Instruction {
  readonly line: number;
  readonly stage: string | undefined;
  readonly index: number;
  readonly counts: boolean;
}

const COUNTS = new Set(["FROM", "RUN", "COPY", "ADD", "WORKDIR"]);

/** Where each instruction of a Dockerfile begins. */
function read(text: string): readonly Instruction[] {
  const found: Instruction[] = [];
  let stage: string | undefined;
  let index = -1;
  let continues = false;
  let heredoc: string | undefined;
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (heredoc !== undefined) {
      if (line.trim() === heredoc) heredoc = undefined;
      continue;
    }
    if (line.trim() === "" || /^\s*#/.test(line)) continue;
    if (!continues) {
      const [word = "", ...rest] = line.trim().split(/\s+/);
      if (word.toUpperCase() === "FROM") {
        index += 1;
        const as = rest.findIndex((each) => each.toUpperCase() === "AS");
        stage = as < 0 ? undefined : rest[as + 1];
      }
      found.push({ line: at + 1, stage, index, counts: COUNTS.has(word.toUpperCase()) });
    }
    heredoc = /<<-?["']?(\w+)/.exec(line)?.[1];
    continues = /\\\s*$/.test(line);
  }
  return found;
}
