import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { makeProject, type Stops, type TestProject } from "../../test/rig/project.ts";

const YAML = `version: 1
project: shop
environments:
  staging: { url: "http://127.0.0.1:1" }
plans:
  greet:
    steps:
      - { id: hello, command: [node, -e, "console.log('hello')"], save: logs/hello.log }
  slow:
    steps:
      - { id: hello, command: [node, -e, "setTimeout(() => console.log('hello'), 2000)"], save: logs/hello.log }
      - { id: again, command: [node, -e, ""] }
  fail:
    steps:
      - { id: hello, command: [node, -e, "console.log('hello')"], save: hello.log, undo: { run: [node, -e, ""] } }
      - { id: look, command: [node, -e, "process.exit(3)"], save: look.log }
  hold:
    steps:
      - { id: ask, command: [node, -e, "process.exit(1)"], on_failure: ask, save: ask.log }
`;

let project: TestProject;
beforeEach(() => {
  project = makeProject({ "seaworthy.yaml": YAML });
});
afterEach(async () => project[Symbol.asyncDispose]());

const kept = (folder: string) =>
  readdirSync(path.join(project.folder, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map((entry) => path.join(entry.parentPath, entry.name));

/** Names and contents of all files below a folder of the project. */
function contents(folder: string): Readonly<Record<string, string>> {
  const root = path.join(project.folder, folder);
  return Object.fromEntries(
    kept(folder).map((file) => [path.relative(root, file), readFileSync(file, "utf8")]),
  );
}

const shelf = () => path.join(project.folder, "out", "logs");
const words = (plan: string) => ["run", plan, "--artifacts", shelf()];

const decide = (run = "1") =>
  project.seaworthy(["decide", run, "ask", "passed", "-r", "it is fine", "--artifacts", shelf()]);

test.each([
  ["accepted", "greet", 0, "logs/hello.log"],
  ["rolled back", "fail", 4, "look.log"],
  ["held", "hold", 8, "ask.log"],
])("a run that was %s has all its files in the folder, and says so", async (_, plan, exit, log) => {
  const said = await project.seaworthy(words(plan));
  expect(said.exit).toBe(exit);
  expect(said.out).toMatch(/^ {2}copied to {2}.*out\/logs$/m);
  const copied = contents("out/logs");
  expect(copied).toEqual(contents(".seaworthy/runs/1"));
  expect(Object.keys(copied)).toEqual(expect.arrayContaining([log, "record.json", "summary.html"]));
  expect(readdirSync(shelf()).filter((name) => name.startsWith("."))).toEqual([]);
});

test.each(["--json", "--events"])("%s names the folder", async (form) => {
  const { out } = await project.seaworthy([...words("greet"), form]);
  const text = form === "--json" ? out : (out.trimEnd().split("\n").at(-1) ?? "");
  expect(JSON.parse(text)).toMatchObject({ copied_to: shelf() });
});

test("without the option nothing is copied and nothing said of it", async () => {
  const { out } = await project.seaworthy(["run", "greet", "--json"]);
  expect(JSON.parse(out)).not.toHaveProperty("copied_to");
  expect(existsSync(shelf())).toBe(false);
});

describe("is refused before anything begins", () => {
  test.each([
    ["another run's files", "record.json", "{}"],
    ["anything else", "notes/mine.txt", "mine"],
  ])("when the folder holds %s", async (_, name, text) => {
    project.write(`out/logs/${name}`, text);
    const { exit, err } = await project.seaworthy(words("greet"));
    expect(exit).toBe(2);
    expect(err).toContain(`is not empty: ${name.split("/")[0]} is in it`);
    expect(err).toContain("fix: Name an empty folder");
    expect(existsSync(path.join(project.folder, ".seaworthy/runs/1"))).toBe(false);
    expect(project.read(`out/logs/${name}`)).toBe(text);
  });

  test("when it is where Seaworthy keeps its runs", async () => {
    const folder = path.join(project.folder, ".seaworthy", "runs", "1", "out");
    const { exit, err } = await project.seaworthy(["run", "greet", "--artifacts", folder]);
    expect(exit).toBe(2);
    expect(err).toContain("is in the folder that Seaworthy keeps its runs in");
  });

  test("when it is no folder", async () => {
    project.write("out/logs", "a file");
    const { exit, err } = await project.seaworthy(words("greet"));
    expect(exit).toBe(2);
    expect(err).toMatch(/there is a file of that name|a part of the path is a file/);
  });
});

describe("going on with a run", () => {
  test("fills the same folder with what came since", async () => {
    await project.seaworthy(words("hold"));
    const before = Object.keys(contents("out/logs"));
    expect((await decide()).exit).toBe(0);
    const after = Object.keys(contents("out/logs"));
    expect(after).toEqual(expect.arrayContaining([...before, "record.2.json"]));
    expect(contents("out/logs")).toEqual(contents(".seaworthy/runs/1"));
  });

  test("copies what an interrupted one has kept, and the rest when it is resumed", async () => {
    const stops: Stops = {};
    const going = project.seaworthy(words("slow"), { stops });
    await vi.waitFor(() => expect(stops.ring).toBeDefined());
    stops.ring?.();
    expect((await going).exit).toBe(130);
    expect(contents("out/logs")).toEqual(contents(".seaworthy/runs/1"));
    expect((await project.seaworthy(["resume", "--artifacts", shelf()])).exit).toBe(0);
    expect(Object.keys(contents("out/logs"))).toContain("logs/hello.log");
    expect(contents("out/logs")).toEqual(contents(".seaworthy/runs/1"));
  });

  test("is refused with a folder that holds another run's files", async () => {
    await project.seaworthy(words("greet"));
    const before = contents("out/logs");
    await project.seaworthy(["run", "hold"]);
    const { exit, err } = await decide("2");
    expect(exit).toBe(2);
    expect(err).toContain("which is not a file of this run");
    expect(contents("out/logs")).toEqual(before);
    expect((await project.seaworthy(["status"])).out).toContain("decide 2");
  });

  test("is refused when a file of the run was changed there", async () => {
    await project.seaworthy(words("hold"));
    project.write("out/logs/record.json", "mine");
    expect((await decide()).err).toContain("holds record.json, which is not a file of this run");
    expect(project.read("out/logs/record.json")).toBe("mine");
  });
});

test("a copy that can't be made changes nothing of what the run came to", async () => {
  const script = "require('node:fs').writeFileSync(process.env.FILE, 'theirs')";
  project.write(
    "seaworthy.yaml",
    `${YAML}  meddle:
    steps:
      - { id: hello, command: [node, -e, "${script}"], env: { FILE: "${shelf()}/record.json" } }
`,
  );
  const { exit, err, out } = await project.seaworthy([...words("meddle"), "--json"]);
  expect(exit).toBe(0);
  expect(err).toContain("! The run's files could not be copied to");
  expect(JSON.parse(out)).not.toHaveProperty("copied_to");
  expect(project.read("out/logs/record.json")).toBe("theirs");
});
