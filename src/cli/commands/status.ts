import { environments, type EnvironmentView, type Serving } from "../../actions/look.ts";
import { showSafely } from "../../lib/escape.ts";
import { onGiven, type AddCommand } from "../command.ts";
import { look } from "../look.ts";
import { table } from "../paint.ts";

/** `seaworthy status` */
export const addStatus: AddCommand = (program, bridge, done) => {
  const command = program
    .command("status")
    .summary("what serves where, and what is going on")
    .description(
      "Asks every environment what it serves now, and says which run it belongs to and what can be done next.",
    );
  onGiven(command, done, ({ common }) =>
    look(bridge, common, async (workplace) => {
      const views = await environments(workplace);
      return { text: showSafely(show(views)), json: { environments: views } };
    }),
  );
};

function show(views: readonly EnvironmentView[]): string {
  if (views.length === 0) return "No environment yet. Begin with: seaworthy plan deploy\n";
  const rows = views.map((view) => [view.name, serves(view), state(view), next(view)]);
  const notes = views.flatMap(({ name, lock }) =>
    lock
      ? [`${name} is locked (id ${lock.id}) by ${lock.by} since ${lock.since}: ${lock.reason}\n`]
      : [],
  );
  const head = ["ENVIRONMENT", "SERVES", "RUN", "NEXT"];
  return [table([head, ...rows]), ...notes, ...views.map(unknowns), ...views.map(backwards)].join(
    "",
  );
}

/** Why a target could not say what it serves, and what to do; several for the same reason are told together. */
function unknowns({ name, serving }: EnvironmentView): string {
  const told = new Map<string, string[]>();
  for (const { target, trouble, fix } of serving) {
    if (trouble === undefined) continue;
    const text = `${trouble}\n${fix === undefined ? "" : `  fix: ${fix.replaceAll("\n", "\n       ")}\n`}`;
    told.set(text, [...(told.get(text) ?? []), target]);
  }
  return [...told].map(([text, targets]) => `${name}, ${targets.join(", ")}: ${text}`).join("");
}

function backwards({ run }: EnvironmentView): string {
  if (!run?.wayBack) return "";
  const width = Math.max(...run.wayBack.map(({ step }) => step.length));
  const lines = run.wayBack.map(({ step, words }) => `  ${step.padEnd(width)}  ${words}\n`);
  return `Rolling run ${run.id} back, step by step:\n${lines.join("")}`;
}

function serves({ serving }: EnvironmentView): string {
  if (serving.length === 0) return "–";
  return serving.map(({ target, ...said }) => `${target}: ${inWords(said)}`).join(", ");
}

function inWords({ release, isStopped, trouble }: Omit<Serving, "target">): string {
  if (trouble !== undefined) return "unknown";
  return `${release?.name ?? "nothing"}${isStopped ? " (stopped)" : ""}`;
}

function state({ run }: EnvironmentView): string {
  return run
    ? `${run.id} ${run.plan}${run.release ? ` ${run.release}` : ""}: ${run.words}`
    : "none yet";
}

function next({ run }: EnvironmentView): string {
  const [first] = run?.can ?? [];
  return first !== undefined && run?.exit !== 0 ? `seaworthy ${first}` : "seaworthy plan";
}
