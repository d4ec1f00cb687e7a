import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { pull } from "../../src/drivers/compose/images/pull.ts";
import type { Stored } from "../../src/drivers/compose/stored.ts";
import { layout, writeStored } from "../../src/drivers/compose/stored.ts";
import { docker, imagesOfStack, openImageYard, release } from "./rig/image-yard.ts";
import { openRegistry } from "./rig/registry.ts";
import { openSecondEngine } from "./rig/second-engine.ts";

const V1 = release("v1.0.0");
const PASSWORD = `p$"%'-${"x".repeat(4)} h3`;

function dropped<Thing extends AsyncDisposable>(thing: Thing): Thing {
  onTestFinished(() => thing[Symbol.asyncDispose]());
  return thing;
}

const stack = (image: string) => ({
  "compose.yaml": `services: { web: { build: ., image: "${image}" } }\n`,
  Dockerfile:
    "FROM lab/busybox:1\nARG WHAT=one\nRUN echo $WHAT > /what && head -c 200000 /dev/urandom > /drawn\n",
});

/** As if this machine had never had it. */
function forgotten(image: string): void {
  const id = docker("image", "inspect", "-f", "{{.Id}}", image);
  docker("image", "rm", "--force", id);
}

describe("a registry", () => {
  test("gets what was built, and gives it back by digest after everything here is gone", async () => {
    const registry = dropped(await openRegistry(22_001));
    const yard = dropped(await openImageYard("h3-push"));
    const name = `${registry.address}/h3/web:v1`;
    await yard.write(stack(name));
    const [built] = await yard.images.build(V1, yard.order(), yard.act());
    // Somebody moves the tag meanwhile.
    docker("tag", "lab/busybox:1", name);

    const [pushed] = await yard.images.push(V1, undefined, yard.act());
    const again = await yard.images.push(V1, undefined, yard.act());

    expect(pushed?.digest).toMatch(new RegExp(`^${registry.address}/h3/web@sha256:[0-9a-f]{64}$`));
    expect(again).toEqual([pushed]);
    const digest = pushed?.digest ?? "";
    forgotten(name);
    expect(imagesOfStack("h3-push")).toEqual([]);
    const id = await pull(yard.yard, { image: digest, from: "here or registry" }, yard.act());
    expect(id).toBe(built?.id);
    const asked = (await registry.asked()).length;
    expect(await pull(yard.yard, { image: digest, from: "here or registry" }, yard.act())).toBe(id);
    expect((await registry.asked()).length).toBe(asked);
  });

  test("that wants a sign-in gets one, by which no password is written down or can be seen", async () => {
    const registry = dropped(await openRegistry(22_002, { user: "ada", password: PASSWORD }));
    const yard = dropped(
      await openImageYard("h3-signed", {
        secrets: { REGISTRY_PASSWORD: PASSWORD },
        options: {
          registry: { address: registry.address, user: "ada", password: "REGISTRY_PASSWORD" },
        },
      }),
    );
    const name = `${registry.address}/h3/web:v1`;
    await yard.write(stack(name));
    const [built] = await yard.images.build(V1, yard.order(), yard.act());
    const seen = watchArguments(PASSWORD);

    const [pushed] = await yard.images.push(V1, undefined, yard.act());
    forgotten(name);
    const image = pushed?.digest ?? "";
    const id = await pull(yard.yard, { image, from: "registry" }, yard.act());

    expect(id).toBe(built?.id);
    expect(await seen.stop()).toEqual({ looked: expect.any(Number), leaks: [] });
    for (const file of filesBelow(yard.folder))
      expect(readFileSync(file).includes(PASSWORD), file).toBe(false);
    expect(filesBelow(yard.folder).filter((file) => file.includes("sign-in"))).toEqual([]);
  });

  test.each(["buildkit", "classic"] as const)(
    "that wants a sign-in has what an image is built from: %s",
    async (builder) => {
      const registry = dropped(await openRegistry(22_005, { user: "ada", password: PASSWORD }));
      const options = (name: string) => ({
        secrets: { REGISTRY_PASSWORD: PASSWORD },
        options: {
          registry: { address: registry.address, user: name, password: "REGISTRY_PASSWORD" },
        },
      });
      const yard = dropped(await openImageYard(`h3-from-${builder}`, options("ada")));
      const base = `${registry.address}/h3/base:${builder}`;
      await yard.write(stack(base));
      await yard.images.build(V1, yard.order({ builder }), yard.act());
      await yard.images.push(V1, undefined, yard.act());
      forgotten(base);
      const other = dropped(await openImageYard(`h3-on-${builder}`, options("ada")));
      await other.write({ ...stack("h3on/web:v1"), Dockerfile: `FROM ${base}\nRUN cat /what\n` });

      await other.images.build(V1, other.order({ builder }), other.act());

      expect(docker("run", "--rm", "h3on/web:v1", "cat", "/what")).toBe("one");
      const stranger = dropped(await openImageYard(`h3-not-${builder}`, options("eve")));
      docker("image", "rm", "--force", base);
      await stranger.write({
        ...stack("h3not/web:v1"),
        Dockerfile: `FROM ${base}\nRUN cat /what\n`,
      });
      const refused = stranger.images.build(
        V1,
        stranger.order({ builder, isCached: false }),
        stranger.act(),
      );
      await expect(refused).rejects.toMatchObject({ failure: { code: "registry-refused" } });
    },
  );

  test.each([
    ["a wrong password", { user: "ada", password: "wrong" }],
    ["nobody", undefined],
  ])("refuses %s, and the failure says so", async (_, who) => {
    const registry = dropped(await openRegistry(22_003, { user: "ada", password: PASSWORD }));
    const yard = dropped(await openImageYard("h3-refused"));
    const name = `${registry.address}/h3/web:v1`;
    await yard.write(stack(name));
    await yard.images.build(V1, yard.order(), yard.act());
    const signIn = who && { registry: registry.address, ...who };

    await expect(yard.images.push(V1, signIn, yard.act())).rejects.toMatchObject({
      failure: { code: "registry-refused", detail: expect.stringMatching(/\w/) },
    });
    await expect(
      pull(
        yard.yard,
        { image: name, from: "registry", ...(signIn && { who: signIn }) },
        yard.act(),
      ),
    ).rejects.toMatchObject({ failure: { code: "registry-refused" } });
  });

  test.each(["loseManifests", "loseBlobs"] as const)(
    "that has lost an image (%s) is told from one that does not answer",
    async (lose) => {
      const registry = dropped(await openRegistry(22_004));
      const yard = dropped(await openImageYard("h3-lost"));
      const name = `${registry.address}/h3/web:v1`;
      await yard.write(stack(name));
      await yard.images.build(V1, yard.order(), yard.act());
      const [pushed] = await yard.images.push(V1, undefined, yard.act());
      forgotten(name);

      await registry[lose]("h3/web");

      await expect(
        pull(yard.yard, { image: pushed?.digest ?? "", from: "registry" }, yard.act()),
      ).rejects.toMatchObject({ failure: { code: "image-gone" } });
      await expect(
        pull(yard.yard, { image: "127.0.0.1:22099/h3/web:v1", from: "registry" }, yard.act()),
      ).rejects.toMatchObject({ failure: { code: "registry-unreachable" } });
    },
  );

  test("gets nothing that has no name", async () => {
    const yard = dropped(await openImageYard("h3-nameless"));
    await yard.write({ ...stack("x"), "compose.yaml": "services: { web: { build: . } }\n" });
    await yard.images.build(V1, yard.order(), yard.act());

    await expect(yard.images.push(V1, undefined, yard.act())).rejects.toMatchObject({
      failure: { code: "image-nameless" },
    });
    await expect(yard.images.push(release("v2.0.0"), undefined, yard.act())).rejects.toMatchObject({
      failure: { code: "images-not-built" },
    });
  });
});

describe("another engine", () => {
  test("gets the images that it lacks, and of those the layers that it lacks", async () => {
    const other = dropped(await openSecondEngine());
    const yard = dropped(await openImageYard("h3-send"));
    await yard.write(stack("h3send/web:v1"));
    const [first] = await yard.images.build(V1, yard.order(), yard.act());

    const whole = await yard.images.send(V1, other.address, yard.act());
    const again = await yard.images.send(V1, other.address, yard.act());

    expect(whole).toBeGreaterThan(4_000_000);
    expect(again).toBe(0);
    const names = ["h3send/web:v1", "seaworthy/h3-send-web:v1.0.0_1a2b3c4"];
    for (const name of names)
      expect(other.docker("image", "inspect", "-f", "{{.Id}}", name)).toBe(first?.id);

    const V2 = release("v2.0.0");
    const [second] = await yard.images.build(V2, yard.order({ args: { WHAT: "two" } }), yard.act());
    const thin = await yard.images.send(V2, other.address, yard.act());

    expect(second?.id).not.toBe(first?.id);
    expect(thin).toBeGreaterThan(200_000);
    expect(thin).toBeLessThan(400_000);
    const id = other.docker("image", "inspect", "-f", "{{.Id}}", "h3send/web:v1");
    expect(id).toBe(second?.id);
    expect(contentOf(other.address, id)).toBe("two");
    expect(yard.said.join("\n")).toMatch(/0\.\d MB of \d\.\d MB that `docker save` writes/);
  });

  test("that is not there is said to be", async () => {
    const yard = dropped(await openImageYard("h3-nowhere"));
    await yard.write(stack("h3nowhere/web:v1"));
    await yard.images.build(V1, yard.order(), yard.act());

    await expect(
      yard.images.send(V1, "unix:///nowhere/docker.sock", yard.act()),
    ).rejects.toMatchObject({ failure: { code: "engine-unreachable" } });
  });

  test.each(["buildkit", "classic"] as const)(
    "whose disk is full is said to be: %s",
    async (builder) => {
      const other = dropped(await openSecondEngine("70m"));
      other.give("lab/busybox:1");
      const yard = dropped(await openImageYard("h3-full", { options: { engine: other.address } }));
      await yard.write({
        "compose.yaml": "services: { web: { build: { context: ., network: none } } }\n",
        Dockerfile: "FROM lab/busybox:1\nRUN dd if=/dev/zero of=/big bs=1M count=100\n",
      });

      await expect(
        yard.images.build(V1, yard.order({ builder }), yard.act()),
      ).rejects.toMatchObject({
        failure: { code: "engine-disk-full", what: expect.stringContaining("web") },
      });
    },
  );
});

describe("pruning", () => {
  test("takes what no kept release needs, and nothing else", async () => {
    const yard = dropped(await openImageYard("h3-prune"));
    const others = dropped(await openImageYard("h3-prune-other"));
    await others.write(stack("h3other/web:v1"));
    const [foreign] = await others.images.build(V1, others.order(), others.act());
    const ids: Record<string, string> = {};
    for (const name of ["v1", "v2", "v3", "v4", "v5"]) {
      await yard.write(stack(`h3prune/web:${name}`));
      const order = yard.order({ args: { WHAT: name } });
      const [image] = await yard.images.build(release(name), order, yard.act());
      ids[name] = image?.id ?? "";
    }
    // Two releases are kept; one is used by a container; one was built last.
    for (const name of ["v2", "v3"]) await keepRelease(yard.folder, name, ids[name] ?? "");
    docker("create", "--name", "h3-prune-uses", ids["v4"] ?? "", "true");
    onTestFinished(() => void docker("rm", "--force", "h3-prune-uses"));
    // Built anew: the image before has lost its tags.
    await yard.write(stack("h3prune/web:v5"));
    const [rebuilt] = await yard.images.build(
      release("v5"),
      yard.order({ isCached: false }),
      yard.act(),
    );

    const bytes = await yard.images.prune(yard.act());
    const again = await yard.images.prune(yard.act());

    expect(new Set(imagesOfStack("h3-prune"))).toEqual(
      new Set([ids["v2"], ids["v3"], ids["v4"], rebuilt?.id]),
    );
    expect(imagesOfStack("h3-prune-other")).toEqual([foreign?.id]);
    expect(bytes).toBeGreaterThan(8_000_000);
    expect(again).toBe(0);
  });
});

async function keepRelease(folder: string, name: string, image: string): Promise<void> {
  const service = {
    image,
    name,
    fingerprint: "",
    isReleased: true,
    hasHealthCheck: false,
    isOneOff: false,
  };
  const stored = {
    release: release(name),
    compose: "v2",
    services: { web: service },
    secrets: [],
    files: [],
    accepted: true,
  } satisfies Stored;
  await writeStored(layout(path.join(folder, "target")), stored);
}

/** What `/what` says, of an engine that has no networks. */
function contentOf(engine: string, id: string): string {
  const run = ["run", "--rm", "--network", "none", id, "cat", "/what"];
  return execFileSync("docker", ["--host", engine, ...run], { encoding: "utf8" }).trim();
}

/** Looks at the arguments of every process, over and over. */
function watchArguments(secret: string) {
  const leaks: string[] = [];
  let looked = 0;
  const timer = setInterval(() => {
    looked++;
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name)))
      if (argumentsOf(pid).includes(secret)) leaks.push(pid);
  }, 5);
  return {
    async stop() {
      clearInterval(timer);
      if (looked < 3) throw new Error("nobody looked");
      return { looked, leaks };
    },
  };
}

function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => path.join(folder, name))
    .filter((file) => statSync(file).isFile());
}
