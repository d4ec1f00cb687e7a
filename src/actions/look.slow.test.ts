import path from "node:path";
import { expect, test } from "vitest";
import { makeProject, makeRepository } from "../../test/rig/project.ts";
import { makeShop } from "../../test/rig/shop.ts";

test("a plan exits 0 when its tag serves already, and 20 when it would bring another", async () => {
  await using shop = await makeShop();
  const plan = async (tag: string) => {
    const said = await shop.seaworthy(["plan", ...words(tag), "--detailed-exitcode"]);
    return said.exit;
  };
  const words = (tag: string) => ["deploy", ...shop.inputs(tag)];
  expect(await plan("v1")).toBe(20);

  expect((await shop.seaworthy(["run", ...words("v1")])).exit).toBe(0);

  expect(await plan("v1")).toBe(0);
  expect(await plan("v2")).toBe(20);
});

const PAGES = `version: 1
project: desk
targets:
  pages: { driver: static, folder: www, here: true, verify: { none: no web server here } }
environments:
  staging: { targets: [pages] }
plans:
  deploy:
    steps:
      - checkout: { tag: v1, repo: app }
      - { id: up, deploy: pages }
`;

test("a site of files needs no process to be served", async () => {
  await using project = makeProject({ "seaworthy.yaml": PAGES });
  makeRepository(path.join(project.folder, "app"), { v1: { "index.html": "<p>v1</p>" } });
  const run = await project.seaworthy(["run", "deploy"]);
  expect(run.exit, run.out + run.err).toBe(0);
  const { out } = await project.seaworthy(["status"]);
  expect(out).toContain("pages: v1");
  expect(out).not.toContain("stopped");
});
