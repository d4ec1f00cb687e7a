import type { Parsed } from "../model/diagnostic.ts";
import type { HostSpec } from "../model/plan.ts";
import { compileHosts } from "./hosts.ts";
import { answerNames, type Answered } from "./names.ts";
import type { Remark } from "./issues.ts";
import type { EnvironmentText, Project } from "./project.ts";
import { blame } from "./source.ts";

/** The machines of one environment, without a plan. */
export interface EnvironmentHosts {
  readonly hosts: readonly HostSpec[];
  /** File beside the project file with their public keys. */
  readonly knownHosts: string;
}

/** Makes the machines of an environment ready; what else a plan would need may be missing. */
export function environmentHosts(
  project: Project,
  name: string,
  inputs: Readonly<Record<string, string>>,
): Parsed<EnvironmentHosts> {
  const environment = project.environments.get(name);
  const [plan] = project.plans.values();
  const knownHosts = `known_hosts.${name}`;
  if (!environment?.hosts || !plan)
    return { ok: true, value: { hosts: [], knownHosts }, diagnostics: [] };
  const answered = answerNames(project, { plan, environment, inputs, isCheck: false });
  const found = compileHosts(project, environment, answered);
  const remarks = [...aboutInputs(environment, answered), ...found.remarks];
  const diagnostics = remarks.map(({ pointer, complaint }) =>
    blame(project.source, pointer, complaint),
  );
  if (diagnostics.some(({ severity }) => severity === "error")) return { ok: false, diagnostics };
  const value = { hosts: found.hosts ?? [], knownHosts: found.knownHosts ?? knownHosts };
  return { ok: true, value, diagnostics };
}

/** What is wrong with the inputs that its machines are made of, and with those that were given and are none. */
function aboutInputs(
  { hosts, knownHosts, url }: EnvironmentText,
  { remarks }: Answered,
): readonly Remark[] {
  const text = JSON.stringify([hosts, knownHosts, url]);
  return remarks.filter(({ pointer }) => {
    const [section, name] = pointer.path;
    return section === "inputs" && (name === undefined || text.includes(`\${${name}}`));
  });
}
