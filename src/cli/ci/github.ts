import { randomUUID } from "node:crypto";
import { appendFileSync, statSync } from "node:fs";
import path from "node:path";
import { annotationsOf, type Annotation } from "../../report/ci/annotations.ts";
import {
  annotate,
  endGroup,
  group,
  jsonWithoutCommands,
  outputsFile,
  withoutCommands,
  type Left,
} from "../../report/ci/github.ts";
import { faultsMarkdown, runMarkdown } from "../../report/ci/markdown.ts";
import { deploymentStatus, noOutputs, type Outputs } from "../../report/ci/outputs.ts";
import { sections } from "../../report/ci/sections.ts";
import type { Bridge } from "../command.ts";
import type { Ci } from "./ci.ts";

type Around = Pick<Bridge, "environment" | "folder" | "terminal">;

/** GitHub Actions: annotations and groups in the log, a summary of the step, and its outputs. */
export function githubCi(bridge: Around): Ci {
  const { terminal } = bridge;
  return {
    terminal: (given, { json, events }) => ({
      ...given,
      out: (text) =>
        given.out((json ?? events) ? jsonWithoutCommands(text) : withoutCommands(text)),
      err: (text) => given.err(withoutCommands(text)),
    }),
    follow(follower) {
      const parts = sections();
      return {
        entry(entry) {
          const { opens, closes } = parts.take(entry);
          if (opens) terminal.err(group(opens.title));
          follower.entry(entry);
          if (closes) terminal.err(endGroup());
        },
        say: (text) => follower.say(text),
        [Symbol.dispose]() {
          if (parts.open) terminal.err(endGroup());
          follower[Symbol.dispose]();
        },
      };
    },
    ended({ record, plan, outputs, project, warnings }) {
      const left = show(bridge, [...annotationsOf(record, plan), ...warnings], project);
      const exit = Number(outputs.exit_code);
      summarise(bridge, (room) => runMarkdown(record, { left, exit }, room));
      giveOutputs(bridge, outputs, record.environment);
    },
    failed({ exit, annotations, project }) {
      const left = show(bridge, annotations, project);
      summarise(bridge, (room) => faultsMarkdown(annotations, left, room));
      giveOutputs(bridge, noOutputs(exit), "");
    },
  };
}

function show(
  { terminal, environment, folder }: Around,
  annotations: readonly Annotation[],
  project = folder,
): Left {
  const root = environment["GITHUB_WORKSPACE"] || folder;
  const { text, left } = annotate(annotations, (file) => fileOf(root, project, file));
  // Where the result goes is the reader's; the runner reads both.
  terminal.err(text);
  return left;
}

/** Annotations name files from the top of the repository. */
function fileOf(root: string, project: string, file: string): string {
  const relative = path.relative(root, path.resolve(project, file));
  return relative.startsWith("..") || path.isAbsolute(relative) ? file : relative;
}

/** The summary of a step is dropped as a whole when it is larger than this. */
const MOST_SUMMARY_BYTES = 1_024 * 1_024;

function summarise({ environment }: Around, draw: (room: number) => string): void {
  const file = environment["GITHUB_STEP_SUMMARY"];
  if (!file) return;
  const there = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  appendFileSync(file, draw(MOST_SUMMARY_BYTES - there - 1));
}

function giveOutputs({ environment }: Around, outputs: Outputs, name: string): void {
  const file = environment["GITHUB_OUTPUT"];
  if (!file) return;
  const status = deploymentStatus(outputs, { environment: name, log: logUrl(environment) });
  const all = { ...outputs, deployment_status: status };
  appendFileSync(
    file,
    outputsFile(all, () => `seaworthy_${randomUUID()}`),
  );
}

function logUrl(environment: Bridge["environment"]): string {
  const {
    GITHUB_SERVER_URL: server,
    GITHUB_REPOSITORY: repository,
    GITHUB_RUN_ID: id,
  } = environment;
  return server && repository && id ? `${server}/${repository}/actions/runs/${id}` : "";
}
