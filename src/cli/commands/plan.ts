import { foresee, type PlanView } from "../../actions/look.ts";
import { makePlan } from "../../actions/start.ts";
import { showDuration } from "../../lib/duration.ts";
import { showSafely } from "../../lib/escape.ts";
import { EXIT } from "../../model/exit.ts";
import { onGiven, type AddCommand } from "../command.ts";
import { inputsFrom } from "../inputs.ts";
import { look } from "../look.ts";
import { table } from "../paint.ts";

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
  const rows = steps.map((step, index) => [
    String(index + 1).padStart(2),
    step.id,
    step.does,
    step.undo,
    step.usualMs === undefined ? "–" : showDuration(step.usualMs),
    step.isIrreversible ? "! cannot be undone" : "",
  ]);
  const now = serving.map(
    (s) =>
      `${s.target} serves ${s.trouble ? `unknown (${s.trouble})` : (s.release?.name ?? "nothing")}`,
  );
  const usual = steps.reduce((sum, step) => sum + (step.usualMs ?? 0), 0);
  return [
    `Plan ${plan.name} of ${plan.project} on ${plan.environment.name}${release ? `: ${release}` : ""}\n`,
    plan.about ? `${plan.about}\n` : "",
    now.length > 0 ? `Now: ${now.join(", ")}${changes ? "" : " (nothing would change)"}\n` : "",
    "\n",
    table([["#", "STEP", "DOES", "TAKEN BACK BY", "USUALLY", ""], ...rows]),
    usual > 0 ? `\nMachine time about ${showDuration(usual)}, from past runs.\n` : "",
  ].join("");
}
