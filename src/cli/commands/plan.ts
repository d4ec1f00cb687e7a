import { foresee, type PlanView, type StepView } from "../../actions/look.ts";
import { makePlan } from "../../actions/start.ts";
import { showDuration } from "../../lib/duration.ts";
import { showSafely } from "../../lib/escape.ts";
import { EXIT } from "../../model/exit.ts";
import { onGiven, type AddCommand } from "../command.ts";
import { inputsFrom } from "../inputs.ts";
import { look } from "../look.ts";

/** `seaworthy plan PLAN [NAME=VALUE …]` */
export const addPlan: AddCommand = (program, bridge, done) => {
  const command = program
    .command("plan")
    .summary("what a run would do")
    .description(
      "Shows what a run of the plan would do: each step, how it is taken back, and how long it usually takes. Changes nothing.",
    )
    .argument("[plan]", "name of the plan", "deploy")
    .argument("[inputs...]", "settings of the plan: NAME=VALUE")
    .option("-e, --env <name>", "environment (needed when the project has several)")
    .option("--detailed-exitcode", "exit 20 when there are changes");
  onGiven(command, done, (given) =>
    look(bridge, given.common, async (workplace) => {
      const environment = given.text("env");
      const inputs = inputsFrom(given.rest, workplace, bridge.environment);
      const request = {
        plan: given.words[0] ?? "deploy",
        inputs,
        ...(environment !== undefined && { environment }),
      };
      const made = makePlan(workplace, request);
      if (made.diagnostics.length > 0)
        bridge.terminal.err(workplace.showDiagnostics(made.diagnostics));
      if (!made.ok) return { text: "", json: { diagnostics: made.diagnostics }, exit: EXIT.usage };
      const view = await foresee(workplace, made.value);
      const exit = given.flag("detailedExitcode") && view.changes ? EXIT.changes : EXIT.accepted;
      return { text: showSafely(show(view)), json: view, exit };
    }),
  );
};

function show({ plan, steps, serving, release, changes }: PlanView): string {
  const now = serving.map(
    ({ target, trouble, release: serves }) =>
      `${target} serves ${trouble ? `unknown (${trouble})` : (serves?.name ?? "nothing")}`,
  );
  const usual = steps.reduce((sum, step) => sum + (step.usualMs ?? 0), 0);
  const width = Math.max(...steps.map(({ id }) => id.length));
  return [
    `Plan ${plan.name} of ${plan.project} on ${plan.environment.name}${release ? `: ${release}` : ""}\n`,
    plan.about ? `${plan.about}\n` : "",
    now.length > 0 ? `Now: ${now.join(", ")}${changes ? "" : " (nothing would change)"}\n` : "",
    hostsLine(plan.environment.hosts ?? []),
    ...Object.values(plan.targets).flatMap(({ name, notes = [] }) =>
      notes.map((note) => `${name}: ${note}\n`),
    ),
    "\n",
    ...steps.map((step, index) => stepLines(step, index, width)),
    usual > 0 ? `\nMachine time about ${showDuration(usual)}, from past runs.\n` : "",
  ].join("");
}

function hostsLine(hosts: NonNullable<PlanView["plan"]["environment"]["hosts"]>): string {
  if (hosts.length === 0) return "";
  const each = hosts.map(({ name, user, address, port, jump }) => {
    const way = jump === undefined ? "" : ` through ${jump}`;
    const at = `${user === undefined ? "" : `${user}@`}${address}${port === undefined ? "" : `:${port}`}`;
    return `${name} (${at}${way})`;
  });
  return `Hosts: ${each.join(", ")}
`;
}

function stepLines(step: StepView, index: number, width: number): string {
  const usually = step.usualMs === undefined ? "" : `  (usually ${showDuration(step.usualMs)})`;
  const margin = " ".repeat(width + 6);
  const undo = step.undo === "–" ? "" : `${margin}${wayBack(step)}\n`;
  const beside = step.needs.length > 1 ? `${margin}after ${step.needs.join(", ")}\n` : "";
  const head = `${String(index + 1).padStart(3)} ${step.id.padEnd(width)}`;
  return `${head}  ${laterOn(step.does)}${usually}\n${beside}${laterOn(undo)}`;
}

function wayBack({ undo, isIrreversible }: StepView): string {
  if (!isIrreversible) return `↩ ${undo}`;
  return undo === "" ? "! cannot be undone" : `! cannot be undone: ${undo}`;
}

/** What only an earlier step will know, named for people. */
function laterOn(text: string): string {
  return text.replace(/\$\{steps\.([\w-]+)\.([\w-]+)\}/g, "‹$2 of $1›");
}
