import type { Carried } from "../../actions/carry.ts";
import { cancel, decide, newestAccepted, resume, rollBack } from "../../actions/people.ts";
import { newestUnfinished } from "../../actions/standings.ts";
import type { Workplace } from "../../actions/workplace.ts";
import type { Choice } from "../../model/event.ts";
import { EXIT } from "../../model/exit.ts";
import { Fault } from "../../model/failure.ts";
import { onGiven, type AddCommand } from "../command.ts";
import { sail } from "../sail.ts";
import { withShelf } from "../shelf.ts";

const CHOICES: Readonly<Record<string, Choice>> = {
  again: "again",
  passed: "passed",
  "roll-back": "roll back",
  "roll back": "roll back",
  stop: "stop",
};

/** `seaworthy resume [RUN]` */
export const addResume: AddCommand = (program, bridge, done) => {
  const command = program
    .command("resume")
    .summary("go on with an interrupted run")
    .description(
      "Goes on with a run that was interrupted, or tries a failed rollback again. Finished steps are not done again.",
    )
    .argument("[run]", "number of the run; the newest unfinished one when left out");
  onGiven(withShelf(command), done, ({ words, common }) =>
    sail(bridge, common, async (workplace, following, claim) => {
      const run = words[0] ?? (await newestUnfinished(workplace));
      await claim(run);
      return resume(workplace, run, following);
    }),
  );
};

/** `seaworthy cancel [RUN]` */
export const addCancel: AddCommand = (program, bridge, done) => {
  const command = program
    .command("cancel")
    .summary("take an unfinished run back")
    .description(
      "Stops a run and takes back what it did. A run that another process drives is told so; otherwise it is taken back here.",
    )
    .argument("[run]", "number of the run; the newest unfinished one when left out")
    .option("-r, --reason <text>", "why, for the record");
  onGiven(withShelf(command), done, (given) =>
    sail(bridge, given.common, async (workplace, following, claim) => {
      const run = given.words[0] ?? (await newestUnfinished(workplace));
      await claim(run);
      const carried = await cancel(
        workplace,
        { run, reason: given.text("reason") ?? "" },
        following,
      );
      return carried === "told" ? told(bridge.terminal, run) : asAsked(carried);
    }),
  );
};

/** `seaworthy decide RUN STEP CHOICE --reason …` */
export const addDecide: AddCommand = (program, bridge, done) => {
  const command = program
    .command("decide")
    .summary("answer a held run")
    .description(
      "Answers a run that is held: do the step again, take it as passed, roll back, or stop here.",
    )
    .argument("<run>", "number of the run")
    .argument("<step>", "the step that asks")
    .argument("<choice>", "again, passed, roll-back or stop")
    .requiredOption("-r, --reason <text>", "why, for the record");
  onGiven(withShelf(command), done, (given) =>
    sail(bridge, given.common, async (workplace, following, claim) => {
      const [run = "", step = "", word = ""] = given.words;
      await claim(run);
      const answer = { run, step, choice: choiceOf(word), reason: given.text("reason") ?? "" };
      const carried = await decide(workplace, answer, following);
      return carried === "told" ? told(bridge.terminal, run) : carried;
    }),
  );
};

/** `seaworthy rollback [RUN]` */
export const addRollback: AddCommand = (program, bridge, done) => {
  const command = program
    .command("rollback")
    .summary("take the newest accepted run back")
    .description(
      "Takes a run back after it was accepted: release, migrations and data, in reverse order, probed first and proven after.",
    )
    .argument("[run]", "number of the run; the newest accepted one when left out")
    .option("-e, --env <name>", "environment (needed when the project has several)")
    .option("-r, --reason <text>", "why, for the record");
  onGiven(withShelf(command), done, (given) =>
    sail(bridge, given.common, async (workplace, following, claim) => {
      const environment = () => environmentOf(workplace, given.text("env"));
      const run = given.words[0] ?? (await newestAccepted(workplace, environment()));
      await claim(run);
      const reason = given.text("reason") ?? "";
      return asAsked(await rollBack(workplace, { run, reason }, following));
    }),
  );
};

/** The environment that was named, or the project's only one. */
export function environmentOf(workplace: Workplace, named: string | undefined): string {
  const project = workplace.loadProject();
  const all = project.ok ? project.value.environments : [];
  if (named !== undefined && (all.includes(named) || !project.ok)) return named;
  const [only] = all;
  if (named === undefined && only !== undefined && all.length === 1) return only;
  throw new Fault({
    code: "which-environment",
    what:
      named === undefined
        ? "The project has several environments."
        : `There is no environment "${named}".`,
    fix: `Name one with --env: ${all.join(", ")}`,
  });
}

function choiceOf(word: string): Choice {
  const choice = CHOICES[word];
  if (choice) return choice;
  throw new Fault({
    code: "no-such-choice",
    what: `"${word}" is not an answer.`,
    fix: "Answer one of: again, passed, roll-back, stop.",
  });
}

/** Rolled back is what was asked for here: no failure. */
function asAsked(carried: Carried): Carried {
  return carried.exit === EXIT.rolledBack ? { ...carried, exit: EXIT.accepted } : carried;
}

function told(terminal: { err(text: string): void }, run: string): { exit: number } {
  terminal.err(`· told run ${run}; follow it with: seaworthy watch ${run}\n`);
  return { exit: 0 };
}
