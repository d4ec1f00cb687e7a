import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { dotenv, sectionEnd, sectionStart } from "../../report/ci/gitlab.ts";
import { noOutputs, type Outputs } from "../../report/ci/outputs.ts";
import { faultsJunit, runJunit } from "../../report/run-junit.ts";
import { sections } from "../../report/ci/sections.ts";
import type { Bridge } from "../command.ts";
import { copyRun } from "../shelf.ts";
import type { Ci } from "./ci.ts";

type Around = Pick<Bridge, "environment" | "folder" | "terminal">;

/** Below the folder of the job: nothing outside of it can be uploaded, wherever the project's state is kept. */
const FOLDER = ".seaworthy-ci";

/** GitLab CI/CD: parts of the log that can be folded, a JUnit report, variables for later jobs, and the run's files. */
export function gitlabCi(bridge: Around): Ci {
  const { terminal } = bridge;
  return {
    terminal: (given) => given,
    follow(follower) {
      const parts = sections();
      let now = "";
      return {
        entry(entry) {
          now = entry.at;
          const { opens, closes } = parts.take(entry);
          if (opens) terminal.err(sectionStart(opens.name, opens.title, now));
          follower.entry(entry);
          if (closes) terminal.err(sectionEnd(closes.name, now));
        },
        say: (text) => follower.say(text),
        [Symbol.dispose]() {
          if (parts.open) terminal.err(sectionEnd(parts.open.name, now));
          follower[Symbol.dispose]();
        },
      };
    },
    ended({ record, plan, outputs }) {
      leave(bridge, outputs, runJunit(record, plan));
    },
    failed({ exit, annotations }) {
      leave(bridge, noOutputs(exit), faultsJunit(annotations));
    },
  };
}

function leave({ environment, folder }: Around, outputs: Outputs, junit: string): void {
  const top = path.join(environment["CI_PROJECT_DIR"] || folder, FOLDER);
  // What an earlier run of a kept checkout has left would be taken for this one's.
  rmSync(top, { recursive: true, force: true });
  mkdirSync(top, { recursive: true });
  // A release must not seem changed because of these files.
  writeFileSync(path.join(top, ".gitignore"), "*\n");
  writeFileSync(path.join(top, "junit.xml"), junit);
  writeFileSync(path.join(top, "outputs.env"), dotenv({ ...outputs }));
  const { artifacts } = outputs;
  if (artifacts !== "" && existsSync(artifacts)) copyRun(artifacts, path.join(top, "run"));
}
