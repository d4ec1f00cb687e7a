import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { docker, imagesOfStack, openImageYard, release } from "./rig/image-yard.ts";

const V1 = release("v1.0.0");

const STACK = {
  "compose.yaml": `
services:
  web:
    build: { context: ., args: { VERSION: "\${RELEASE}" } }
    image: h3shop/web:\${RELEASE}
  worker:
    build: { context: ., dockerfile: worker/Dockerfile }
  cache:
    image: lab/redis:7
`,
  Dockerfile: `FROM lab/busybox:1
ARG VERSION
RUN echo "$VERSION" > /version
COPY page.html /page.html
`,
  "worker/Dockerfile": "FROM lab/busybox:1\nCOPY page.html /worker.html\n",
  "page.html": "hello",
};

async function opened(...given: Parameters<typeof openImageYard>) {
  const yard = await openImageYard(...given);
  onTestFinished(() => yard[Symbol.asyncDispose]());
  return yard;
}

interface Inspected {
  readonly Id: string;
  readonly RepoTags: readonly string[];
  readonly Config: { readonly Labels: Readonly<Record<string, string>> };
}

function inspect(image: string): Inspected {
  return JSON.parse(docker("image", "inspect", image))[0];
}

describe.each(["buildkit", "classic"] as const)("%s", (builder) => {
  const name = `h3-${builder}`;

  test("builds each service that says how, labelled with release and commit", async () => {
    const yard = await opened(name);
    await yard.write(STACK);

    const images = await yard.images.build(V1, yard.order({ builder }), yard.act());

    expect(images.map(({ part, name: called }) => [part, called])).toEqual([
      ["web", "h3shop/web:v1.0.0"],
      ["worker", `seaworthy/${name}-worker:v1.0.0_1a2b3c4`],
    ]);
    const web = inspect("h3shop/web:v1.0.0");
    expect(web.Id).toBe(images[0]?.id);
    expect(web.RepoTags).toContain(`seaworthy/${name}-web:v1.0.0_1a2b3c4`);
    expect(web.Config.Labels).toMatchObject({
      "org.opencontainers.image.version": "v1.0.0",
      "org.opencontainers.image.revision": V1.commit,
      "seaworthy.release": V1.id,
      "seaworthy.part": "web",
    });
    expect(docker("run", "--rm", "h3shop/web:v1.0.0", "cat", "/version", "/page.html")).toBe(
      "v1.0.0\nhello",
    );
    expect(images[0]?.bytes).toBeGreaterThan(4_000_000);
  });

  test("says the Dockerfile's line and the build's own last words when it fails", async () => {
    const yard = await opened(name);
    await yard.write({
      ...STACK,
      Dockerfile: `# shop
FROM lab/busybox:1 AS base
ARG VERSION

RUN echo one && \\
    echo two
RUN echo "no such module: payments" >&2 && exit 7
`,
    });

    const failed = yard.images.build(V1, yard.order({ builder }), yard.act());

    await expect(failed).rejects.toMatchObject({
      failure: {
        code: "build-failed",
        what: expect.stringMatching(/^web could not be built: line 7 of Dockerfile.*exit code 7/),
        detail: expect.stringContaining("no such module: payments"),
      },
    });
  });

  test("builds again without its cache when it is told to", async () => {
    const yard = await opened(name);
    await yard.write({
      ...STACK,
      Dockerfile: "FROM lab/busybox:1\nRUN head -c 32 /dev/urandom | md5sum > /drawn\n",
    });
    const once = async (isCached: boolean) => {
      const images = await yard.images.build(V1, yard.order({ builder, isCached }), yard.act());
      return docker("run", "--rm", images[0]?.id ?? "", "cat", "/drawn");
    };

    const first = await once(true);
    const cached = await once(true);
    const fresh = await once(false);

    expect(cached).toBe(first);
    expect(fresh).not.toBe(first);
  });

  test("lists what differs in two builds, and nothing when only times do", async () => {
    const yard = await opened(name);
    await yard.write({
      ...STACK,
      Dockerfile: `FROM lab/busybox:1
RUN mkdir /made && head -c 32 /dev/urandom | md5sum > /made/drawn && date > /made/when
RUN echo same > /same && chmod 4711 /same && ln -s /same /link
`,
    });
    const twice = async () => {
      const first = await yard.images.build(
        V1,
        yard.order({ builder, isCached: false }),
        yard.act(),
      );
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      const second = await yard.images.build(
        V1,
        yard.order({ builder, isCached: false }),
        yard.act(),
      );
      return yard.images.compare(first, second, yard.act());
    };

    expect(await twice()).toEqual([
      { part: "web", path: "/made/drawn", is: "different" },
      { part: "web", path: "/made/when", is: "different" },
    ]);
    await yard.write({
      Dockerfile: "FROM lab/busybox:1\nRUN echo same > /same && chmod 4711 /same\n",
    });
    expect(await twice()).toEqual([]);
  });

  test("sees modes, owners, links, settings and what is in one alone", async () => {
    const yard = await opened(name);
    const built = async (lines: string) => {
      await yard.write({ ...STACK, Dockerfile: `FROM lab/busybox:1\n${lines}` });
      return yard.images.build(V1, yard.order({ builder, parts: ["web"] }), yard.act());
    };
    const first = await built(
      "RUN touch /a /b /only && ln -s a /c && rm /bin/wget || true\nENV MODE=one\n",
    );
    const second = await built(
      "RUN touch /a /b /other && chmod 600 /a && chown 12:34 /b && ln -s b /c\nENV MODE=two\n",
    );

    const differences = await yard.images.compare(first, second, yard.act());

    const told = differences.map((each) => `${each.path} ${each.is}`);
    for (const line of [
      "/a different",
      "/b different",
      "/c different",
      "/only only in the first",
      "/other only in the second",
      "(setting) Env different",
    ])
      expect(told).toContain(line);
    expect(differences.every(({ part }) => part === "web")).toBe(true);
  });
});

const secretStack = (lines: string) => ({
  ...STACK,
  "compose.yaml": "services: { web: { build: . } }\n",
  Dockerfile: `FROM lab/busybox:1\n${lines}`,
});

test("builds what Compose v1 makes of the file", async () => {
  const yard = await opened("h3-v1", { options: { compose: "v1", file: "old.yml" } });
  await yard.write({
    ...STACK,
    "old.yml": `version: "2.4"
services:
  web:
    build: { context: ., args: ["VERSION=\${RELEASE}"] }
    image: h3v1/web:\${RELEASE}
    shm_size: 64m
`,
  });

  const images = await yard.images.build(V1, yard.order(), yard.act());

  expect(images.map(({ name }) => name)).toEqual(["h3v1/web:v1.0.0"]);
  expect(docker("run", "--rm", "h3v1/web:v1.0.0", "cat", "/version")).toBe("v1.0.0");
});

test("weighs what `docker save` writes", async () => {
  const yard = await opened("h3-weigh");
  await yard.write(STACK);
  const images = await yard.images.build(V1, yard.order(), yard.act());

  const bytes = await yard.images.weigh(images, yard.act());

  const ids = images.map(({ id }) => id);
  const saved = execFileSync("docker", ["save", ...ids], { maxBuffer: 256 * 1024 * 1024 });
  expect(bytes).toBe(saved.length);
  // The layer that both stand on is counted once.
  expect(bytes).toBeLessThan(6_000_000);
});

test("a build that is cancelled ends, and can be done again", async () => {
  const yard = await opened("h3-cancelled");
  await yard.write({ ...STACK, Dockerfile: "FROM lab/busybox:1\nRUN sleep 60\n" });
  const began = performance.now();
  const failed = yard.images.build(V1, yard.order(), yard.act(AbortSignal.timeout(3_000)));
  await expect(failed).rejects.toThrow(/web/);
  expect(performance.now() - began).toBeLessThan(30_000);

  await yard.write(STACK);
  expect(await yard.images.build(V1, yard.order(), yard.act())).toHaveLength(2);
});

describe("secrets in builds", () => {
  const TOKEN = `t0ken-${randomBytes(12).toString("hex")}`;

  test("reach the build, and are in no layer, no history, no log and no file of ours", async () => {
    const yard = await opened("h3-secret", { secrets: { TOKEN } });
    await yard.write(
      secretStack(
        "RUN --mount=type=secret,id=TOKEN cat /run/secrets/TOKEN && md5sum < /run/secrets/TOKEN > /sum\n",
      ),
    );

    const [image] = await yard.images.build(
      V1,
      yard.order({ secrets: { TOKEN }, isCached: false }),
      yard.act(),
    );

    const id = image?.id ?? "";
    const sum = execFileSync("md5sum", { input: TOKEN }).toString();
    expect(docker("run", "--rm", id, "cat", "/sum")).toBe(sum.trim());
    const saved = execFileSync("docker", ["save", id], { maxBuffer: 256 * 1024 * 1024 });
    expect(saved.length).toBeGreaterThan(4_000_000);
    expect(saved.includes(TOKEN)).toBe(false);
    expect(docker("history", "--no-trunc", id)).not.toContain(TOKEN);
    expect(yard.said.join("\n")).toContain("***");
    expect(yard.said.join("\n")).not.toContain(TOKEN);
    const files = filesBelow(yard.folder);
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) expect(readFileSync(file).includes(TOKEN), file).toBe(false);
  });

  test.each([
    ["a file", "RUN --mount=type=secret,id=TOKEN cp /run/secrets/TOKEN /kept", "in /kept"],
    [
      "base64 of it",
      "RUN --mount=type=secret,id=TOKEN base64 /run/secrets/TOKEN > /coded",
      "in /coded",
    ],
  ])(
    "a Dockerfile that leaves %s behind is refused, also with another value, and the image is gone",
    async (_, line, where) => {
      const yard = await opened("h3-leak", { secrets: { TOKEN } });
      // Not what an earlier run of this test left in the builder's cache.
      await yard.write(secretStack(`RUN echo ${randomBytes(8).toString("hex")}\n${line}\n`));
      const built = (value: string) =>
        yard.images.build(V1, yard.order({ secrets: { TOKEN: value } }), yard.act());
      const refused = {
        failure: { code: "secret-in-image", what: expect.stringContaining(where) },
      };

      await expect(built(TOKEN)).rejects.toMatchObject(refused);
      expect(imagesOfStack("h3-leak")).toEqual([]);
      await expect(built(`other-${TOKEN}`.slice(0, 20))).rejects.toMatchObject(refused);

      await yard.write(secretStack("RUN echo mended\n"));
      await built(TOKEN);
      expect(yard.said.join("\n")).toContain("without a cache");
      yard.said.length = 0;
      await built(TOKEN);
      expect(yard.said.join("\n")).not.toContain("without a cache");
    },
  );

  test("that the file itself gives to the build come from the target's", async () => {
    const yard = await opened("h3-own-secret", { secrets: { TOKEN } });
    await yard.write({
      ...secretStack("RUN --mount=type=secret,id=npm md5sum < /run/secrets/npm > /sum\n"),
      "compose.yaml":
        "services: { web: { build: { context: ., secrets: [npm] } } }\nsecrets: { npm: { environment: TOKEN } }\n",
    });

    const [image] = await yard.images.build(V1, yard.order({ isCached: false }), yard.act());

    const sum = execFileSync("md5sum", { input: TOKEN }).toString().trim();
    expect(docker("run", "--rm", image?.id ?? "", "cat", "/sum")).toBe(sum);
    expect(yard.said.join("\n")).toContain("searching the images");
  });

  test("the classic builder refuses them, and says what to do", async () => {
    const yard = await opened("h3-classic-secret", { secrets: { TOKEN } });
    await yard.write(secretStack("RUN true\n"));

    await expect(
      yard.images.build(V1, yard.order({ builder: "classic", secrets: { TOKEN } }), yard.act()),
    ).rejects.toMatchObject({
      failure: { code: "builder-lacks", fix: expect.stringContaining("buildx") },
    });
  });

  test("a compose file that makes one a build argument is refused", async () => {
    const yard = await opened("h3-argument", { secrets: { TOKEN } });
    await yard.write({
      ...STACK,
      "compose.yaml": 'services: { web: { build: { context: ., args: { KEY: "x${TOKEN}" } } } }\n',
    });

    await expect(yard.images.build(V1, yard.order(), yard.act())).rejects.toMatchObject({
      failure: { code: "secret-in-build", what: expect.stringContaining("build.args") },
    });
  });
});

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => path.join(folder, name))
    .filter((file) => statSync(file).isFile());
}
