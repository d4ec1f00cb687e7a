import { start } from "../../actions/start.ts";
import { EXIT } from "../../model/exit.ts";
import { onGiven, type AddCommand, type Bridge, type Given } from "../command.ts";
import { inputsFrom } from "../inputs.ts";
import { sail } from "../sail.ts";
import { withShelf } from "../shelf.ts";

/** `seaworthy run PLAN [NAME=VALUE …]` */
export const addRun: AddCommand = (program, bridge, done) => {
  const command = program
    .command("run")
    .summary("carry a plan out")
    .description(
      "Carries a plan out: does its steps, proves the release, and takes everything back when it is not fit.",
    )
    .argument("<plan>", "name of the plan")
    .argument("[inputs...]", "settings of the plan: NAME=VALUE")
    .option("-e, --env <name>", "environment (needed when the project has several)")
    .addHelpText(
      "after",
      "\nExamples:\n  seaworthy run deploy --env staging TAG=v1.0.0-rc2\n  seaworthy run smoke --json\n",
    );
  onGiven(withShelf(command), done, (given) => run(bridge, given));
};

async function run(bridge: Bridge, given: Given): Promise<number> {
  return sail(bridge, given.common, async (workplace, following, claim) => {
    await claim();
    const environment = given.text("env");
    const request = {
      plan: given.words[0] ?? "",
      inputs: inputsFrom(given.rest, workplace, bridge.environment),
      ...(environment !== undefined && { environment }),
    };
    const started = await start(workplace, request, following);
    const { diagnostics } = started;
    return started.ok ? { ...started.carried, diagnostics } : { exit: EXIT.usage, diagnostics };
  });
}
