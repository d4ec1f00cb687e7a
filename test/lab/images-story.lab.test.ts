import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { MAIN, makeProject, type TestProject } from "../rig/project.ts";
import { docker, imagesOfStack } from "./rig/image-yard.ts";
import { openRegistry, type Registry } from "./rig/registry.ts";

const NAME = "h3-story";
const PORT = 22_020;
const TOKEN = `t0ken-${randomBytes(12).toString("hex")}`;
const PASSWORD = `word-${randomBytes(12).toString("hex")}`;
const env = { BUILD_TOKEN: TOKEN, REGISTRY_PASSWORD: PASSWORD };

const PLAN = `
version: 1
project: shop
inputs: { TAG: { about: Tag } }
secrets:
  BUILD_TOKEN: { about: Given to the build }
  REGISTRY_PASSWORD: { about: Of the registry }
targets:
  stack:
    driver: compose
    name: ${NAME}
    stable: 250ms
    keep: 2
    registry: { address: "127.0.0.1:${PORT}", user: ada, password: REGISTRY_PASSWORD }
    secrets: [REGISTRY_PASSWORD]
environments:
  staging: { url: "http://127.0.0.1:1", targets: [stack] }
plans:
  deploy:
    steps:
      - checkout: { tag: "\${TAG}", repo: shop.git }
      - build: stack
        secrets: [BUILD_TOKEN]
      - push: stack
      - deploy: stack
  twice:
    steps:
      - checkout: { tag: "\${TAG}", repo: shop.git }
      - build: { target: stack, reproducible: require }
        secrets: [BUILD_TOKEN]
`;

const COMPOSE = `
services:
  web:
    build: .
    image: "127.0.0.1:${PORT}/h3/web:\${RELEASE}"
    stop_signal: SIGKILL
    healthcheck: { test: [CMD, wget, -q, -O-, "http://127.0.0.1:8080/"], interval: 1s }
`;

const dockerfile = (tag: string, more = "") => `FROM lab/busybox:1
${more}RUN --mount=type=secret,id=BUILD_TOKEN mkdir /www && md5sum < /run/secrets/BUILD_TOKEN > /www/sum
RUN echo ${tag} > /www/index.html
CMD ["httpd", "-f", "-p", "8080", "-h", "/www"]
`;

let project: TestProject;
let registry: Registry;

beforeEach(async () => {
  registry = await openRegistry(PORT, { user: "ada", password: PASSWORD });
  project = makeProject({ "seaworthy.yaml": PLAN });
  git("init", "--quiet", "--bare", "shop.git");
  git("clone", "--quiet", "shop.git", "work");
});

afterEach(async () => {
  const filter = `label=com.docker.compose.project=${NAME}`;
  const ids = docker("ps", "-aq", "--filter", filter).split("\n").filter(Boolean);
  if (ids.length > 0) docker("rm", "-f", ...ids);
  const networks = docker("network", "ls", "-q", "--filter", filter).split("\n").filter(Boolean);
  if (networks.length > 0) docker("network", "rm", ...networks);
  const images = imagesOfStack(NAME);
  if (images.length > 0) docker("image", "rm", "--force", ...images);
  await project[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

function git(...argv: string[]): void {
  const who = ["-c", "user.name=ana", "-c", "user.email=ana@shop.example"];
  execFileSync("git", [...who, ...argv], { cwd: project.folder, stdio: "ignore" });
}

function tagged(tag: string, text = dockerfile(tag)): void {
  project.write("work/compose.yaml", COMPOSE);
  project.write("work/Dockerfile", text);
  for (const argv of [
    ["add", "."],
    ["commit", "--quiet", "-m", tag],
    ["tag", tag],
    ["push", "--quiet", "origin", "HEAD", tag],
  ])
    git("-C", "work", ...argv);
}

const served = () => {
  const web = docker("ps", "-q", "--filter", `label=com.docker.compose.project=${NAME}`);
  return docker("exec", web, "cat", "/www/index.html");
};

test("builds, pushes and deploys; keeps two releases; the secrets are nowhere", async () => {
  for (const tag of ["v1", "v2", "v3", "v4"]) {
    tagged(tag);
    const said = await project.seaworthy(["run", "deploy", `TAG=${tag}`], { env });
    expect(said.exit, said.out + said.err).toBe(0);
    expect(served()).toBe(tag);
  }

  expect(imagesOfStack(NAME)).toHaveLength(2);
  const artifacts = filesBelow(project.folder).map((file) => path.basename(file));
  for (const name of ["build.log", "push.log"]) expect(artifacts).toContain(name);
  const own = filesBelow(path.join(project.folder, ".seaworthy"));
  expect(own.length).toBeGreaterThan(20);
  for (const file of own)
    for (const value of [TOKEN, PASSWORD])
      expect(readFileSync(file).includes(value), file).toBe(false);
});

test("a build that is not reproducible fails where it must be, with a list of what differs", async () => {
  tagged("v1");
  tagged("v2", dockerfile("v2", "RUN head -c 16 /dev/urandom > /built-at\n"));

  const same = await project.seaworthy(["run", "twice", "TAG=v1"], { env });
  const other = await project.seaworthy(["run", "twice", "TAG=v2"], { env });

  expect(same.exit, same.out + same.err).toBe(0);
  expect(other.exit).not.toBe(0);
  expect(other.out).toContain("/built-at of web");
  const report = filesBelow(project.folder).findLast((file) => file.endsWith("reproducible.txt"));
  expect(readFileSync(report ?? "", "utf8")).toMatch(/^web {2}\/built-at {2}different$/m);
});

test.each(["build.log", "push.log"])(
  "killed while it writes %s, it goes on and ends well",
  async (log) => {
    tagged("v1", dockerfile("v1", "RUN sleep 2 && head -c 30000000 /dev/urandom > /ballast\n"));
    const child = spawn(process.execPath, [MAIN, "run", "deploy", "TAG=v1"], {
      cwd: project.folder,
      env: { PATH: process.env["PATH"], HOME: project.folder, ...env },
      stdio: "ignore",
    });
    const gone = once(child, "exit");
    while (!filesBelow(project.folder).some((file) => file.endsWith(log))) {
      expect(child.exitCode).toBeNull();
      await sleep(20);
    }
    await sleep(100);
    child.kill("SIGKILL");
    await gone;

    const said = await project.seaworthy(["resume"], { env });

    expect(said.exit, said.out + said.err).toBe(0);
    expect(served()).toBe("v1");
    const target = filesBelow(path.join(project.folder, ".seaworthy")).join("\n");
    expect(target).not.toMatch(/\/(?:saved|sign-in)-/);
  },
);

/** Also while others make and remove files there. */
function filesBelow(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const file = path.join(folder, name);
    const is = lstatSync(file, { throwIfNoEntry: false });
    if (is?.isDirectory() === true) return filesBelow(file);
    return is?.isFile() === true ? [file] : [];
  });
}
