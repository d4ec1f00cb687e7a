import {
  candidateFor,
  enrol,
  inOrder,
  listHosts,
  type Candidate,
  type HostView,
} from "../../actions/hosts.ts";
import type { Reach, Workplace } from "../../actions/workplace.ts";
import { EXIT } from "../../model/exit.ts";
import { asWord } from "../../lib/shell-word.ts";
import { Fault } from "../../model/failure.ts";
import { onGiven, type AddCommand, type Bridge, type Given } from "../command.ts";
import { inputsFrom } from "../inputs.ts";
import { look, wrongText, type Found } from "../look.ts";
import { table } from "../paint.ts";
import { environmentOf } from "./people.ts";

/** `seaworthy hosts list|enrol` */
export const addHosts: AddCommand = (program, bridge, done) => {
  const hosts = program
    .command("hosts")
    .summary("list hosts, and enrol their keys")
    .description(
      "Lists the machines of an environment, or writes down the public keys by which they are known.",
    );
  addList(hosts, bridge, done);
  addEnrol(hosts, bridge, done);
};

const addList: AddCommand = (hosts, bridge, done) => {
  const list = hosts
    .command("list")
    .summary("who they are, whether they are enrolled and let us in")
    .argument("[setting...]", "settings as NAME=VALUE")
    .option("-e, --env <name>", "environment (needed when the project has several)");
  onGiven(list, done, (given) =>
    withReach(bridge, given, async (workplace, reach, environment) => {
      const views = await listHosts(workplace, reach);
      const fixes = remedies(views, given, environment);
      const head = ["HOST", "ADDRESS", "ENROLLED", "ANSWERS"];
      const rows = views.map((view) => [
        view.name,
        view.address,
        view.fingerprints.join(" ") || "no",
        answerOf(view),
      ]);
      return {
        text: `${table([head, ...rows])}${fixes.map((fix) => `  fix: ${fix}\n`).join("")}`,
        json: { hosts: views },
        exit: fixes.length > 0 ? EXIT.refused : EXIT.accepted,
      };
    }),
  );
};

/** What to do, each once; one command for all that nobody has enrolled. */
function remedies(
  views: readonly HostView[],
  given: Given,
  environment: string,
): readonly string[] {
  const unknown = views.filter(({ trouble }) => trouble?.code === "host-key-unknown");
  const names = unknown.length === views.length ? [] : unknown.map(({ name }) => name);
  const all = ["seaworthy hosts enrol --env", environment, ...names].join(" ");
  const fixes = views.flatMap(({ trouble }) => {
    if (trouble === undefined) return [];
    const isOneOfMany = trouble.code === "host-key-unknown" && unknown.length > 1;
    return [isOneOfMany ? `Compare their fingerprints and enrol them: ${all}` : trouble.fix];
  });
  return [...new Set(fixes.map((fix) => asGiven(fix, given)))];
}

/** A remedy that ends with a command about hosts; with what this command was given, so that it can be copied. */
function asGiven(fix: string, given: Given): string {
  if (!fix.includes("seaworthy hosts ")) return fix;
  const environment = given.text("env");
  const words = environment === undefined || fix.includes("--env ") ? [] : ["--env", environment];
  const settings = given.rest.filter((word) => word.includes("=")).map(asWord);
  return [fix, ...words, ...settings].join(" ");
}

function answerOf({ answers, trouble }: HostView): string {
  if (answers) return `in ${answers.ms} ms as ${answers.user}, ${answers.system}`;
  return `no: ${trouble?.what ?? ""}`;
}

const addEnrol: AddCommand = (hosts, bridge, done) => {
  const command = hosts
    .command("enrol")
    .summary("write down the keys by which hosts are known")
    .description(
      "Asks hosts for their public keys, shows the fingerprints for you to compare, and writes the keys into the environment's known_hosts file. A run talks to no host whose key is not in there.",
    )
    .argument("[host...]", "all of the environment when left out; settings as NAME=VALUE")
    .option("-e, --env <name>", "environment (needed when the project has several)")
    .option("--fingerprint <sha256>", "enrol only the key with this fingerprint, without asking")
    .option("-y, --yes", "believe what is shown now, without asking")
    .option("--replace", "a key that is another one than before takes its place");
  onGiven(command, done, (given) =>
    withReach(bridge, given, async (workplace, reach) => {
      const names = inOrder(
        reach,
        given.rest.filter((word) => !word.includes("=")),
      );
      refuseUnclear(given, names);
      const told: Candidate[] = [];
      for (const name of names) {
        const candidate = await candidateFor(reach, name);
        if (candidate.is !== "enrolled") {
          await agree(bridge, given, candidate);
          await enrol(workplace, reach, candidate);
        }
        told.push(candidate);
      }
      return enrolled(reach, told);
    }),
  );
};

function enrolled({ knownHosts }: Reach, told: readonly Candidate[]): Found {
  const lines = told.map(({ name, fingerprint, is }) =>
    is === "enrolled"
      ? `· ${name} is enrolled already: ${fingerprint}\n`
      : `✓ ${name} is enrolled: ${fingerprint}\n`,
  );
  const hosts = told.map(({ name, fingerprint, before, is }) => ({
    name,
    fingerprint,
    before,
    was: is,
  }));
  return {
    text: `${lines.join("")}  The keys are in ${knownHosts}; it belongs into git.\n`,
    json: { knownHosts, hosts },
  };
}

/** One fingerprint is that of one host. */
function refuseUnclear(given: Given, names: readonly string[]): void {
  if (given.text("fingerprint") === undefined || names.length === 1) return;
  throw new Fault({
    code: "which-host",
    what: `A fingerprint belongs to one host, and ${names.length} are to be enrolled.`,
    fix: `Name the host: seaworthy hosts enrol ${names[0]} --fingerprint ${given.text("fingerprint")}`,
  });
}

/** Nothing is written unless a person, or whoever wrote the command, has said yes to this very key. */
async function agree({ terminal }: Bridge, given: Given, candidate: Candidate): Promise<void> {
  const { name, fingerprint, before, is } = candidate;
  if (is === "changed" && !given.flag("replace")) throw changed(candidate);
  const wanted = given.text("fingerprint");
  if (wanted !== undefined) {
    if (wanted === fingerprint) return;
    throw notThatKey(candidate, wanted);
  }
  terminal.err(
    `${name} shows the key ${fingerprint} (${candidate.shown.type})\n` +
      (before.length > 0 ? `  enrolled until now: ${before.join(", ")}\n` : "") +
      `  Compare it on the host's own console: ssh-keygen -lf ${fileOf(candidate)}\n`,
  );
  if (given.flag("yes")) return;
  if (!terminal.ask) throw nobodyToAsk(candidate);
  const answer = await terminal.ask("  Is it the same? Type yes to enrol it: ");
  if (answer.trim() !== "yes") throw refused(candidate);
}

function fileOf({ shown }: Candidate): string {
  const kind = /ed25519|ecdsa|rsa/.exec(shown.type)?.[0] ?? "*";
  return `/etc/ssh/ssh_host_${kind}_key.pub`;
}

function changed({ name, fingerprint, before }: Candidate): Fault {
  return new Fault({
    code: "host-key-changed",
    what: `${name} shows the key ${fingerprint}, and enrolled is ${before.join(", ")}: it is another machine, it was set up anew, or somebody is in between.`,
    fix: `Find out on the host's own console which. Only if its new key is right: seaworthy hosts enrol ${name} --replace`,
  });
}

function notThatKey({ name, fingerprint }: Candidate, wanted: string): Fault {
  return new Fault({
    code: "host-key-other",
    what: `${name} shows the key ${fingerprint}, and not ${wanted}. Nothing was written for it.`,
    fix: "See on the host's own console which is right. If it is yours, somebody may be in between.",
  });
}

function nobodyToAsk({ name, fingerprint }: Candidate): Fault {
  return new Fault({
    code: "host-key-unconfirmed",
    what: `Nobody is there to compare the key of ${name}, ${fingerprint}. Nothing was written for it.`,
    fix: `Compare it, then give it: seaworthy hosts enrol ${name} --fingerprint ${fingerprint}`,
  });
}

function refused({ name }: Candidate): Fault {
  return new Fault({
    code: "host-key-unconfirmed",
    what: `The key of ${name} was not confirmed. Nothing was written for it.`,
    fix: "Compare it on the host's own console, and enrol it when it is the same.",
  });
}

function withReach(
  bridge: Bridge,
  given: Given,
  find: (workplace: Workplace, reach: Reach, environment: string) => Promise<Found>,
): Promise<number> {
  return look(bridge, given.common, async (workplace) => {
    const project = workplace.loadProject();
    const name = environmentOf(workplace, given.text("env"));
    const settings = given.rest.filter((word) => word.includes("="));
    const inputs = inputsFrom(settings, workplace, bridge.environment);
    const parsed = project.ok ? project.value.hostsOf(name, inputs) : project;
    if (!parsed.ok) return wrongText(bridge, workplace, parsed.diagnostics);
    await using reach = await workplace.openReach({ name, ...parsed.value });
    try {
      return await find(workplace, reach, name);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const { failure } = error;
      throw new Fault({ ...failure, fix: asGiven(failure.fix, given) }, { cause: error });
    }
  });
}
