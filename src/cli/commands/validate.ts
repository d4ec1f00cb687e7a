import { EXIT } from "../../model/exit.ts";
import { onGiven, type AddCommand } from "../command.ts";
import { lookIntoFile } from "../look.ts";

/** `seaworthy validate` */
export const addValidate: AddCommand = (program, bridge, done) => {
  const command = program
    .command("validate")
    .summary("check the project file")
    .description(
      "Reads the project file and every file it names, and reports all that is wrong at once, each with its place and remedy.",
    );
  onGiven(command, done, ({ common }) =>
    lookIntoFile(bridge, common, (file) => {
      const project = file.loadProject();
      const diagnostics = project.ok
        ? [...project.diagnostics, ...project.value.check()]
        : project.diagnostics;
      const errors = diagnostics.filter((d) => d.severity === "error").length;
      const shown = diagnostics.length > 0 ? file.showDiagnostics(diagnostics) : "";
      const plans = project.ok
        ? project.value.plans
            .map((plan) => `${plan.name} (${plan.steps} ${plan.steps === 1 ? "step" : "steps"})`)
            .join(", ")
        : "";
      const good = `✓ ${project.ok ? project.value.name : ""}: plans ${plans}. Nothing is wrong.\n`;
      return {
        text: errors > 0 ? shown : shown + good,
        json: { valid: errors === 0, diagnostics },
        exit: errors > 0 ? EXIT.usage : EXIT.accepted,
      };
    }),
  );
};
