import { createServer } from "node:http";
import { expect, test } from "vitest";
import { makeProject } from "../../test/rig/project.ts";

const YAML = `version: 1
project: shop
inputs:
  WHO: { default: world, about: Whom to greet }
secrets:
  TOKEN: { generate: hex, bytes: 16 }
environments:
  staging: { url: "http://127.0.0.1:1" }
plans:
  greet:
    about: Greets
    log: greet.log
    steps:
      - id: hello
        command: [node, -e, "console.log('hello ' + process.env.WHO + ' ' + process.env.TOKEN)"]
        env: { WHO: "\${WHO}" }
        secrets: [TOKEN]
        save: hello.log
      - id: bye
        command: [node, -e, "process.exit(Number(process.env.CODE))"]
        env: { CODE: "\${steps.hello.nothing}" }
        when: "\${WHO} == nobody"
        undo: { none: it only speaks }
  fail:
    steps:
      - id: look
        command: [node, -e, "console.error('no such table: copies'); process.exit(3)"]
        hints: { "no such table": "Run the migrations first." }
`;

const WITHOUT_MISSING = YAML.replace("${steps.hello.nothing}", "0");

test("runs a plan, shows each step, and leaves log, record and page behind", async () => {
  await using project = makeProject({ "seaworthy.yaml": WITHOUT_MISSING });
  const { exit, out, err } = await project.seaworthy(["run", "greet", "WHO=ana"]);
  expect(err).toMatch(/^\[\d\d:\d\d:\d\d\] === run 1: greet of shop on staging ===$/m);
  expect(err).toMatch(/^\[\d\d:\d\d:\d\d\] ✓ hello {2}/m);
  expect(err).toMatch(/bye skipped: "ana" is not "nobody"/);
  expect(out).toMatch(/✓ Run 1 accepted: greet on staging in .* \(exit 0\)/);
  expect(exit).toBe(0);
  expect(project.read(".seaworthy/runs/1/hello.log")).toMatch(/^hello ana \*\*\*$/m);
  expect(project.read(".seaworthy/runs/1/greet.log")).toContain("✓ hello");
  const record: unknown = JSON.parse(project.read(".seaworthy/runs/1/record.json"));
  expect(record).toMatchObject({ run: "1", status: "success", environment: "staging", exit: 0 });
  expect(project.read(".seaworthy/runs/1/summary.html")).toContain("Accepted");
});

test("takes settings from the environment, and flags before the environment", async () => {
  await using project = makeProject({ "seaworthy.yaml": WITHOUT_MISSING });
  await project.seaworthy(["run", "greet"], { env: { WHO: "env" } });
  await project.seaworthy(["run", "greet", "WHO=flag"], { env: { WHO: "env" } });
  expect(project.read(".seaworthy/runs/1/hello.log")).toContain("hello env");
  expect(project.read(".seaworthy/runs/2/hello.log")).toContain("hello flag");
});

test("says why a step failed, with its own words, the plan's hint and what to do", async () => {
  await using project = makeProject({ "seaworthy.yaml": WITHOUT_MISSING });
  const { exit, out } = await project.seaworthy(["run", "fail"]);
  expect(exit).toBe(4);
  expect(out).toContain("| no such table: copies");
  expect(out).toContain("hint: Run the migrations first.");
  expect(out).toMatch(/at seaworthy\.yaml:\d+:\d+/);
  const explained = await project.seaworthy(["explain", "1/look"]);
  expect(explained.out).toContain("no such table");
});

test("gives one JSON document, or a stream of events whose last line is the result", async () => {
  await using project = makeProject({ "seaworthy.yaml": WITHOUT_MISSING });
  const json = await project.seaworthy(["run", "greet", "--json"]);
  expect(JSON.parse(json.out)).toMatchObject({ status: "success", run: "1" });
  const events = await project.seaworthy(["run", "fail", "--events"]);
  const lines = events.out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { type: string });
  expect(lines[0]).toMatchObject({ type: "version", stream: "seaworthy-events/1" });
  expect(lines.at(-1)).toMatchObject({ type: "result", run: "2", exit: 4, status: "failed" });
  expect(lines.slice(1, -1).every(({ type }) => type === "entry")).toBe(true);
});

test.each([
  { says: "an unknown plan", words: ["run", "gret"], err: /greet/, exit: 2 },
  { says: "a word that is no setting", words: ["run", "greet", "ana"], err: /NAME=VALUE/, exit: 2 },
  { says: "an unknown command", words: ["rnu"], err: /run/, exit: 2 },
  { says: "an unknown run", words: ["explain", "7"], err: /no run 7/, exit: 2 },
  { says: "an unknown environment", words: ["rollback", "--env", "prod"], err: /staging/, exit: 2 },
  { says: "nothing to resume", words: ["resume"], err: /unfinished/, exit: 2 },
])("refuses $says with exit $exit and the way out", async ({ words, err, exit }) => {
  await using project = makeProject({ "seaworthy.yaml": WITHOUT_MISSING });
  const said = await project.seaworthy(words);
  expect(said.err).toMatch(err);
  expect(said.exit).toBe(exit);
});

test("shows five faults of a project file at once, and runs nothing", async () => {
  const broken = WITHOUT_MISSING.replace("version: 1", "version: 1\nprojct: x")
    .replace("generate: hex", "generate: hx")
    .replace("about: Greets", "abuot: Greets")
    .replace('command: [node, -e, "process', 'comand: [node, -e, "process')
    .replace("save: hello.log", "save: ../hello.log");
  await using project = makeProject({ "seaworthy.yaml": broken });
  const { exit, err, out } = await project.seaworthy(["validate"]);
  expect(exit).toBe(2);
  for (const word of ["projct", "hx", "abuot", "comand", "../hello.log"])
    expect(out + err).toContain(word);
  expect((out + err).match(/seaworthy\.yaml:\d+:\d+/g)?.length).toBe(5);
});

test("locks an environment with a reason, refuses runs with exit 10, and unlocks by id", async () => {
  await using project = makeProject({ "seaworthy.yaml": WITHOUT_MISSING });
  const locked = await project.seaworthy(["env", "lock", "--reason", "freeze", "--json"]);
  const { id } = JSON.parse(locked.out) as { id: string };
  const refused = await project.seaworthy(["run", "greet"]);
  expect(refused.exit).toBe(10);
  expect(refused.err).toContain("freeze");
  await project.seaworthy(["env", "unlock", "--id", id]);
  expect((await project.seaworthy(["run", "greet"])).exit).toBe(0);
});

test("prints completion for each shell, and help on exit codes and settings", async () => {
  await using project = makeProject({});
  for (const shell of ["bash", "zsh", "fish"])
    expect((await project.seaworthy(["completion", shell])).out).toContain("rollback");
  expect((await project.seaworthy(["help", "exit-codes"])).out).toMatch(/^5 .*rollback failed/m);
  project.write("seaworthy.yaml", WITHOUT_MISSING);
  const settings = await project.seaworthy(["help", "settings"]);
  expect(settings.out).toMatch(/^WHO +world +Whom to greet$/m);
  expect(settings.out).toMatch(/^TOKEN +the environment, or made once and kept/m);
});

test("writes a first project file that is valid", async () => {
  await using project = makeProject({
    "package.json": '{"name":"my-shop","scripts":{"start":"node ."}}',
  });
  expect((await project.seaworthy(["init"])).exit).toBe(0);
  const { exit, out } = await project.seaworthy(["validate"]);
  expect(out).toContain("my-shop");
  expect(exit).toBe(0);
  expect((await project.seaworthy(["init"])).exit).toBe(2);
});

test("writes a first project file for the stack that lies there", async () => {
  await using project = makeProject({
    "compose.yml": 'services: { web: { image: "shop:1", ports: ["8080:80"] } }\n',
  });
  expect((await project.seaworthy(["init", "--name", "shop"])).exit).toBe(0);
  const { exit, err } = await project.seaworthy(["plan", "deploy", "TAG=v1.0.0", "--json"]);
  expect(err).toContain("gives web no health check");
  expect([exit, err.includes("error:")]).toEqual([0, false]);
});

test("hands a script its settings by the environment, never spliced into its text", async () => {
  const yaml = `version: 1
project: shop
inputs: { WHO: { default: world, about: Whom to greet } }
environments: { staging: { url: "http://127.0.0.1:1" } }
plans:
  greet:
    steps:
      - command: { script: 'echo "hello \${WHO}"', env: { WHO: "\${WHO}" }, undo: { none: it only speaks } }
        save: hello.log
`;
  await using project = makeProject({ "seaworthy.yaml": yaml });
  const { exit, err } = await project.seaworthy(["run", "greet", 'WHO="; touch pwned; echo "']);
  expect(err).not.toContain("touch pwned ended");
  expect(exit).toBe(0);
  expect(project.read(".seaworthy/runs/1/hello.log")).toBe('hello "; touch pwned; echo "\n');
});

test("never writes a secret down, whatever a step says about what it was answered", async () => {
  const yaml = `version: 1
project: shop
secrets: { TOKEN: { env: TOKEN } }
environments: { staging: { url: "http://127.0.0.1:PORT" } }
plans:
  check:
    steps:
      - health: { get: /, identity: none, because: it has no version, expect: { status: 200 }, tries: 1 }
        secrets: [TOKEN]
`;
  const token = "s3cret-value-0123456789";
  await using server = await answering(500, `the token is ${token}`);
  await using project = makeProject({
    "seaworthy.yaml": yaml.replace("PORT", String(server.port)),
  });
  const { exit, out, err } = await project.seaworthy(["run", "check"], { env: { TOKEN: token } });
  expect(exit).toBe(3);
  expect(out + err).toContain("the token is ***");
  const explained = await project.seaworthy(["explain", "1", "--json"]);
  expect(explained.out).not.toContain(token);
});

async function answering(
  status: number,
  body: string,
): Promise<AsyncDisposable & { port: number }> {
  const server = createServer((_, response) => void response.writeHead(status).end(body));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    [Symbol.asyncDispose]: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
