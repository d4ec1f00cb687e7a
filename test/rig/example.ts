import { fileURLToPath } from "node:url";
import { layOut } from "../../examples/try.ts";
import { makeProject, type Said, type TestProject } from "./project.ts";
import { freePort } from "./shop.ts";

/** One of the examples, laid out in a folder of its own and driven through the command line. */
export interface ExampleProject extends TestProject {
  readonly url: string;
  /** Deploys a tag, which is validated. */
  deploy(tag: string): Promise<Said>;
  /** Validates what serves; that must be this tag. */
  validate(tag: string, ...inputs: readonly string[]): Promise<Said>;
  /** The release that health names; undefined when nobody answers. */
  version(): Promise<string | undefined>;
}

/** Which example, and where its health is. */
export interface ExampleOptions {
  readonly name: string;
  readonly health: string;
  readonly makeVersions: (folder: string) => Promise<void>;
}

/** Lays the example out; its port is free. */
export async function makeExample({
  name,
  health,
  makeVersions,
}: ExampleOptions): Promise<ExampleProject> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const project = makeProject({ port: String(port) });
  const folder = fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
  await layOut({ folder, port, makeVersions }, project.folder);
  const place = [`BASE_URL=${url}`, `PORT=${port}`];
  const run = (plan: string, inputs: readonly string[]) =>
    project.seaworthy(["run", plan, "--env", "staging", ...place, ...inputs]);
  return {
    ...project,
    [Symbol.asyncDispose]: () => project[Symbol.asyncDispose](),
    url,
    deploy: (tag) => run("deploy", [`TAG=${tag}`]),
    validate: (tag, ...inputs) => run("validate", [`TAG=${tag}`, ...inputs]),
    async version() {
      try {
        return String(Object(await (await fetch(url + health)).json()).version);
      } catch {
        return undefined;
      }
    },
  };
}

/** The steps that failed, as the commentary names them. */
export function failedSteps({ err }: Said, outcome = "failed"): readonly string[] {
  return [...err.matchAll(new RegExp(`✗ (\\S+) (?:${outcome}) `, "g"))].map(([, id = ""]) => id);
}
