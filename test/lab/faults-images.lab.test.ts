import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { type FaultShop, openFaultShop, stack, web } from "./rig/fault-shop.ts";
import { openRegistry } from "./rig/registry.ts";
import { openSecondEngine } from "./rig/second-engine.ts";

// What goes wrong with the images of a stack, as people meet it.
const ROLLED_BACK = 4;
const PORT = 25_520;
const REGISTRY = 25_521;
const IMAGE = `127.0.0.1:${REGISTRY}/w2/tool`;

const docker = (...argv: string[]) =>
  execFileSync("docker", argv, { encoding: "utf8", stdio: "pipe" });

afterEach(() => {
  const names = docker("images", "--format", "{{.Repository}}:{{.Tag}}").split("\n");
  const own = names.filter((name) => name.startsWith(IMAGE));
  if (own.length > 0) docker("rmi", "-f", ...own);
});

/** A job of an image that the registry has, and the engine not (any more). */
const tool = (tag: string) => `  tool:
    image: ${IMAGE}:${tag}
    restart: "no"
    command: ["true"]
`;

function pushSignedIn(registry: string, image: string): void {
  const config = mkdtempSync(path.join(tmpdir(), "seaworthy-sign-in-"));
  const signedIn = ["--config", config];
  const login = [...signedIn, "login", "--username", "ada", "--password-stdin", registry];
  execFileSync("docker", login, { input: "right-password", stdio: "pipe" });
  docker("tag", "lab/busybox:1", image);
  docker(...signedIn, "push", "--quiet", image);
  docker("rmi", image);
  rmSync(config, { recursive: true });
}

async function isBack(shop: FaultShop): Promise<void> {
  expect([await shop.answers(), shop.standing()]).toEqual(["v1", ["web running v1"]]);
}

test("an image that the registry does not have, and one that it has lost", async () => {
  await using registry = await openRegistry(REGISTRY);
  await using shop = openFaultShop({ name: "w2gone", port: PORT });
  shop.tag("v1", stack(web(PORT)));
  shop.tag("v2", stack(web(PORT), tool("never")));
  shop.tag("v3", stack(web(PORT), tool("once")));
  docker("tag", "lab/busybox:1", `${IMAGE}:once`);
  docker("push", "--quiet", `${IMAGE}:once`);
  docker("rmi", `${IMAGE}:once`);
  await registry.loseManifests("w2/tool");
  expect((await shop.deploy("v1")).exit).toBe(0);

  for (const [tag, name] of [
    ["v2", "never"],
    ["v3", "once"],
  ] as const) {
    const said = await shop.deploy(tag);
    expect(said.exit, said.out).toBe(ROLLED_BACK);
    expect(said.out).toContain(
      `Pulling ${IMAGE}:${name} did not work: the registry does not have it`,
    );
    expect(said.out).toMatch(/fix: Build and push it again/);
    await isBack(shop);
  }
});

test("a registry that refuses the sign-in, and then has it", async () => {
  await using registry = await openRegistry(REGISTRY, { user: "ada", password: "right-password" });
  const target = `    ready: { get: /version.json, port: ${PORT} }
    registry: { address: "${registry.address}", user: ada, password: REGISTRY_PASSWORD }
    secrets: [REGISTRY_PASSWORD]
`;
  const more = "secrets: { REGISTRY_PASSWORD: { about: Of the registry } }\n";
  await using shop = openFaultShop({ name: "w2sign", port: PORT, target, more });
  shop.tag("v1", stack(web(PORT)));
  shop.tag("v2", stack(web(PORT), tool("v2")));
  expect((await shop.deploy("v1", { REGISTRY_PASSWORD: "wrong-password" })).exit).toBe(0);

  const said = await shop.deploy("v2", { REGISTRY_PASSWORD: "wrong-password" });

  expect(said.exit, said.out).toBe(ROLLED_BACK);
  expect(said.out).toContain(`Pulling ${IMAGE}:v2 did not work: the registry refuses the sign-in`);
  expect(said.out).toMatch(/fix: Give the right user and password/);
  expect(said.out + said.err).not.toContain("wrong-password");
  await isBack(shop);

  pushSignedIn(registry.address, `${IMAGE}:v2`);
  const right = await shop.deploy("v2", { REGISTRY_PASSWORD: "right-password" });
  expect(right.exit, right.out).toBe(0);
  expect(await shop.answers()).toBe("v2");
});

test("a disk that is full in a build: said, and nothing is left half tagged", async () => {
  await using engine = await openSecondEngine("70m");
  engine.give("lab/busybox:1");
  const images = () => engine.docker("images", "-a", "--format", "{{.Repository}}:{{.Tag}}");
  const before = images();
  const target = `    engine: ${engine.address}\n`;
  const built = "    build: { context: ., network: none }\n";
  await using shop = openFaultShop({
    name: "w2full",
    port: PORT,
    target,
    build: "      - build: stack\n",
  });
  const service = web(PORT).replace("    image: lab/busybox:1\n", built);
  shop.tag("v1", {
    ...stack(service),
    Dockerfile: "FROM lab/busybox:1\nRUN dd if=/dev/zero of=/big bs=1M count=100\n",
  });

  const said = await shop.deploy("v1");

  expect(said.exit, said.out).not.toBe(0);
  expect(said.out).toMatch(/web.* did not work: the disk is full/);
  expect(said.out).toMatch(/fix: Make room where the engine keeps its images/);
  expect(images()).toBe(before);
  expect(engine.docker("ps", "-aq")).toBe("");
});
