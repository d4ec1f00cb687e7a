import type { Parsed } from "../model/diagnostic.ts";
import { Fault } from "../model/failure.ts";
import type { Json, JsonObject } from "../model/json.ts";
import type { Plan, Step } from "../model/plan.ts";
import type { StepKind, Work } from "../ports/step-kind.ts";
import type { Tools, Workplace } from "./workplace.ts";

/** Which hosts are looked at. */
export interface HostsAsked {
  readonly environment: string;
  /** Names, or `all`. */
  readonly hosts: readonly string[] | "all";
  readonly inputs: Readonly<Record<string, string>>;
}

/** What one check of one host found. */
export interface HostRow {
  readonly name: string;
  readonly isGood: boolean;
  readonly found: string;
  /** Commands to type, when it is not good. */
  readonly fix: string;
}

/** What was found of all of them. */
export interface HostsHealth {
  /** The names of the checks, in the order of each host's rows. */
  readonly questions: readonly string[];
  readonly hosts: readonly HostHealth[];
}

export interface HostHealth {
  readonly host: string;
  readonly rows: readonly (HostRow | null)[];
}

/** What the plans of a project need of this machine. */
export interface Needs {
  readonly hosts: boolean;
  readonly docker: boolean;
}

const PREFLIGHT = "preflight";
const TIMEOUT_MS = 120_000;

/** The standard checks of an environment's hosts, all hosts at the same time; or what keeps the project from being made ready. */
export async function examineHosts(
  workplace: Workplace,
  { environment, hosts, inputs }: HostsAsked,
): Promise<Parsed<HostsHealth>> {
  const made = anyPlan(workplace, { environment, inputs });
  if (!made.ok) return made;
  const plan = made.value;
  const kind = workplace.kinds.get(PREFLIGHT);
  if (kind === undefined) throw new TypeError(`there is no kind ${PREFLIGHT}`);
  const known = (plan.environment.hosts ?? []).map(({ name }) => name);
  if (known.length === 0) throw noHosts(plan);
  for (const name of hosts === "all" ? [] : hosts)
    if (!known.includes(name)) throw noSuchHost(name, known);
  // No secret is needed to look.
  await using tools = await workplace.openTools({ ...plan, secrets: {} }, "doctor");
  const spec = kind.spec.parse({ checks: standardChecks(plan), hosts });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a kind's spec is JSON
  const result = await kind.run(workOf(workplace, { plan, tools, kind, spec: spec as JsonObject }));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as the kind says them
  const value = result.facts as unknown as HostsHealth;
  return { ok: true, value, diagnostics: [] };
}

/** What any plan of the project needs, as far as it can be made ready without being asked for more. */
export function needsOf(workplace: Workplace): Needs {
  const plans = plansOf(workplace, "all", {}).flatMap((made) => (made.ok ? [made.value] : []));
  return {
    hosts: plans.some(({ environment }) => (environment.hosts ?? []).length > 0),
    docker: plans.some(({ targets }) =>
      Object.values(targets).some(({ driver }) => driver === "compose" || driver === "docker"),
    ),
  };
}

/** Any plan does: only its environment is of interest. What is wrong with the first when none can be made ready. */
function anyPlan(
  workplace: Workplace,
  { environment, inputs }: Omit<HostsAsked, "hosts">,
): Parsed<Plan> {
  const plans = plansOf(workplace, [environment], inputs);
  return plans.find(({ ok }) => ok) ?? plans[0] ?? { ok: false, diagnostics: [] };
}

function plansOf(
  workplace: Workplace,
  environments: readonly string[] | "all",
  inputs: HostsAsked["inputs"],
): readonly Parsed<Plan>[] {
  const project = workplace.loadProject();
  if (!project.ok) return [project];
  const { plans, environments: all } = project.value;
  return (environments === "all" ? all : environments).flatMap((environment) =>
    plans.map(({ name }) => project.value.makePlan({ plan: name, environment, inputs })),
  );
}

function noHosts({ environment }: Plan): Fault {
  return new Fault({
    code: "no-hosts",
    what: `${environment.name} has no hosts.`,
    fix: "Write them under the environment: `hosts: { app1: deploy@10.0.0.11 }`.",
  });
}

function noSuchHost(name: string, known: readonly string[]): Fault {
  return new Fault({
    code: "no-such-host",
    what: `There is no host "${name}" in this environment.`,
    fix: `Use one of: ${known.join(", ")}, or \`all\`.`,
  });
}

/** What every host needs, and what those need that the environment's drivers use. */
function standardChecks({ targets }: Plan): readonly JsonObject[] {
  const drivers = new Set(Object.values(targets).map(({ driver }) => driver));
  return [
    { clock: "2s", fix: "sudo timedatectl set-ntp true (package systemd-timesyncd or chrony)" },
    { disk: "1GB", fix: "see what fills it: sudo du -xh --max-depth=2 / | sort -h | tail -n 20" },
    { memory: "256MB", fix: "see what uses it: ps aux --sort=-rss | head" },
    {
      writable: ".",
      fix: 'sudo chown "$(id -un)" ~ (receipts of commands are kept in ~/.seaworthy)',
    },
    tool("sha256sum", "coreutils"),
    tool("flock", "util-linux"),
    tool("setsid", "util-linux"),
    { ...tool("rsync", "rsync"), version: ">=3" },
    ...(drivers.has("systemd") ? systemdChecks : []),
    ...(drivers.has("docker") ? dockerChecks : []),
  ];
}

function tool(name: string, from: string): JsonObject {
  return { tool: name, fix: `sudo apt-get install -y ${from} (or: sudo dnf install ${from})` };
}

const systemdChecks: readonly JsonObject[] = [
  { tool: "systemctl", fix: "this host has no systemd: take another one, or another driver" },
  { sudo: [["systemctl", "daemon-reload"]] },
];

const dockerChecks: readonly JsonObject[] = [{ docker: ">=20" }];

interface Looking {
  readonly plan: Plan;
  readonly tools: Tools;
  readonly kind: StepKind;
  readonly spec: JsonObject;
}

/** What a kind of step needs to look, outside of a run: nothing of it is written down. */
function workOf(
  { clock, project, state }: Workplace,
  { plan, tools, kind, spec }: Looking,
): Work<JsonObject> {
  const { signal } = new AbortController();
  const act = { signal, timeoutMs: TIMEOUT_MS, say: () => undefined };
  const { shell, hosts, http, load, browsers, artifacts } = tools;
  const none: Readonly<Record<string, Json>> = {};
  return {
    spec,
    plan,
    shell,
    hosts,
    http,
    load,
    browsers,
    artifacts,
    clock,
    project,
    signal,
    step: stepOf(kind, spec),
    run: {
      id: "doctor",
      environment: plan.environment.name,
      startedAt: new Date(clock.now()).toISOString(),
    },
    key: "doctor",
    attempt: 1,
    release: undefined,
    facts: none,
    factsOf: () => none,
    secrets: {},
    store: `${state}/store`,
    timeoutMs: TIMEOUT_MS,
    driver: (target) => tools.driver(target),
    act: () => act,
    note: async () => undefined,
    progress: () => undefined,
  };
}

function stepOf(kind: StepKind, spec: JsonObject): Step {
  return {
    id: kind.name,
    kind: kind.name,
    about: kind.about,
    needs: [],
    timeoutMs: TIMEOUT_MS,
    retry: { tries: 1, waitMs: 0, factor: 1, maxWaitMs: 0 },
    onFailure: "stop",
    onUnknown: "ask",
    effect: "read",
    abilities: kind.abilities(spec),
    save: {},
    hints: [],
    secrets: [],
    keepBytes: 0,
    spec,
    at: { file: "", line: 0, column: 0 },
  };
}
