import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** The ready-made CI files, as what they are read for. */

export interface ActionStep {
  readonly id?: string;
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly shell?: string;
  readonly run?: string;
  readonly "working-directory"?: string;
}

export interface Action {
  readonly inputs: Readonly<Record<string, { description: string; default?: string }>>;
  readonly outputs: Readonly<Record<string, { description: string; value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly ActionStep[] };
}

export interface Workflow {
  readonly on: Readonly<Record<string, { inputs?: Record<string, unknown> } | null>>;
  readonly permissions: unknown;
  readonly concurrency: Readonly<Record<string, unknown>>;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly environment: { readonly name: string; readonly url: string };
        readonly "timeout-minutes": number;
        readonly steps: readonly ActionStep[];
      }
    >
  >;
}

export interface GitlabJob {
  readonly extends?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly script?: readonly string[];
  readonly interruptible?: boolean;
  readonly resource_group?: string;
  readonly environment?: { readonly name: string; readonly url: string };
  readonly artifacts?: {
    readonly when: string;
    readonly expire_in: string;
    readonly paths: readonly string[];
    readonly reports: Readonly<Record<string, string>>;
  };
}

const root = new URL("../../integrations/", import.meta.url);

export function integrationText(path: string): string {
  return readFileSync(new URL(path, root), "utf8");
}

function read(path: string): unknown {
  return parse(integrationText(path), { uniqueKeys: true });
}

export const action = (): Action => read("github/action.yml") as Action;

export const WORKFLOWS = ["deploy-on-push.yml", "deploy-by-hand.yml"] as const;
export const workflow = (name: (typeof WORKFLOWS)[number]): Workflow =>
  read(`github/workflows/${name}`) as Workflow;

export const gitlabJobs = (
  name: "seaworthy.gitlab-ci.yml" | "example.gitlab-ci.yml",
): Readonly<Record<string, GitlabJob>> => read(`gitlab/${name}`) as Record<string, GitlabJob>;

/** Everything that stands between `${{` and `}}`, and in an `if`, which needs no such marks. */
export function expressionsIn(value: unknown): readonly string[] {
  if (typeof value === "string")
    return [...value.matchAll(/\$\{\{(.*?)\}\}/gs)].map(([, inner = ""]) => inner.trim());
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    key === "if" && typeof each === "string" ? [each] : expressionsIn(each),
  );
}
