import { runStanding } from "../../actions/standings.ts";
import { showSafely } from "../../lib/escape.ts";
import { showSize } from "../../lib/size.ts";
import { onGiven, type AddCommand } from "../command.ts";
import { look } from "../look.ts";
import { table } from "../paint.ts";
import { headOf, newestRun } from "../runs.ts";

/** `seaworthy history` */
export const addHistory: AddCommand = (program, bridge, done) => {
  const command = program
    .command("history")
    .summary("runs, newest first")
    .description("Lists the runs of this project, newest first.")
    .option("-e, --env <name>", "only this environment")
    .option("-n, --limit <count>", "at most so many", "20");
  onGiven(command, done, (given) =>
    look(bridge, given.common, async (workplace) => {
      const environment = given.text("env");
      const limit = Math.max(1, Number(given.text("limit")) || 20);
      const heads = await workplace.journal.runs({
        limit,
        ...(environment !== undefined && { environment }),
      });
      const runs = await Promise.all(heads.map((head) => runStanding(workplace, head)));
      const rows = runs.map((run) => [
        run.id,
        run.createdAt.slice(0, 19).replace("T", " "),
        run.environment,
        run.plan,
        run.release ?? "–",
        run.words,
      ]);
      const text = table([
        ["RUN", "PLANNED (UTC)", "ENVIRONMENT", "PLAN", "RELEASE", "STATE"],
        ...rows,
      ]);
      return { text: runs.length === 0 ? "No runs yet.\n" : showSafely(text), json: { runs } };
    }),
  );
};

/** `seaworthy artifacts [RUN]` */
export const addArtifacts: AddCommand = (program, bridge, done) => {
  const command = program
    .command("artifacts")
    .summary("kept files of a run")
    .description(
      "Lists the kept files of a run with their sizes and digests, and the folder they are in.",
    )
    .argument("[run]", "number of the run; the newest when left out");
  onGiven(command, done, ({ words, common }) =>
    look(bridge, common, async (workplace) => {
      const run = words[0] ?? (await newestRun(workplace));
      await headOf(workplace, run);
      const artifacts = workplace.artifacts(run);
      const kept = await artifacts.list();
      const rows = kept.map((e) => [e.name, showSize(e.bytes), e.sha256.slice(0, 16)]);
      const text = `${artifacts.folder}\n${table([["FILE", "SIZE", "SHA256"], ...rows])}`;
      return { text: showSafely(text), json: { run, folder: artifacts.folder, artifacts: kept } };
    }),
  );
};
