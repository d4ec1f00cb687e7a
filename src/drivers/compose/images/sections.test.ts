import { describe, expect, test } from "vitest";
import { Fault } from "../../../model/failure.ts";
import type { JsonObject } from "../../../model/json.ts";
import { buildCall, type Builder, dockerfileOf } from "./build-command.ts";
import { sectionsOf } from "./sections.ts";

const isSecret = (text: string) => text.includes("swsecret");

function sections(services: JsonObject, wanted?: readonly string[], more: JsonObject = {}) {
  return sectionsOf({ services, ...more }, wanted, isSecret);
}

function codeOf(deed: () => unknown): string | undefined {
  try {
    deed();
    return undefined;
  } catch (error) {
    return error instanceof Fault ? error.failure.code : String(error);
  }
}

describe("what is built", () => {
  test("is every service that says how, once for those that are built and named alike", () => {
    const build = { context: "/src" };
    const image = "shop:1";

    const found = sections({
      web: { build, image },
      worker: { build, image },
      admin: { build, image: "shop-admin:1" },
      old: { build: "/old" },
      cache: { image: "redis:7" },
    });

    expect(found.map(({ parts, name }) => [parts, name])).toEqual([
      [["web", "worker"], "shop:1"],
      [["admin"], "shop-admin:1"],
      [["old"], undefined],
    ]);
    expect(found[2]?.build).toEqual({ context: "/old" });
  });

  test.each([
    [{ cache: { image: "redis:7" } }, undefined, "nothing-to-build"],
    [{ web: { build: "." }, cache: { image: "redis:7" } }, ["cache"], "nothing-to-build"],
    [
      { web: { build: { context: ".", args: { KEY: "swsecret1" } } } },
      undefined,
      "secret-in-build",
    ],
    [{ web: { build: { context: ".", labels: ["a=swsecret1"] } } }, undefined, "secret-in-build"],
    [{ web: { build: { context: ".", secrets: ["x"] } } }, undefined, "build-secret-unknown"],
    [{ web: { build: "." } }, ["web"], undefined],
  ])("of %j, when %j is wanted, is refused with %s", (services, wanted, code) => {
    expect(codeOf(() => sections(services, wanted))).toBe(code);
  });
});

interface Given {
  readonly builder?: Builder;
  /** The rest of the compose file. */
  readonly more?: JsonObject;
  readonly args?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly isCached?: boolean;
  readonly isNamedEngine?: boolean;
}

function called(build: JsonObject, given: Given = {}) {
  const { args = {}, secrets = {}, isCached = true } = given;
  const [section] = sections({ web: { build } }, undefined, given.more);
  if (!section) throw new Error("nothing to build");
  return buildCall(section, {
    builder: given.builder ?? "buildkit",
    tags: ["shop:1"],
    labels: { "seaworthy.release": "v1" },
    order: { isCached, args, secrets },
    known: { NPM: "npm-value" },
    isNamedEngine: given.isNamedEngine ?? false,
  });
}

describe("docker is told", () => {
  test("all that the file says, with the step's arguments above the file's", () => {
    const { args } = called(
      {
        context: "/src",
        dockerfile: "docker/Dockerfile",
        args: { A: "file", B: 2, C: null },
        target: "app",
        labels: { team: "shop" },
        extra_hosts: ["db:10.0.0.1"],
        shm_size: "64m",
        cache_from: ["shop:cache"],
        pull: true,
      },
      { args: { A: "step" }, isCached: false, isNamedEngine: true },
    );

    expect(args.join(" ")).toBe(
      "buildx build --builder default --load --progress plain --no-cache --tag shop:1 --label team=shop --label seaworthy.release=v1 " +
        "--build-arg A=step --build-arg B=2 --target app --shm-size 64m --pull --cache-from shop:cache --add-host db:10.0.0.1 " +
        "--file /src/docker/Dockerfile /src",
    );
  });

  test("of secrets by name alone: their values are in the environment", () => {
    const { args, env } = called(
      { context: "/src", secrets: ["npm", { source: "pem", target: "key" }] },
      {
        secrets: { TOKEN: "t0ken" },
        more: { secrets: { npm: { environment: "NPM" }, pem: { file: "/keys/pem" } } },
      },
    );

    expect(args.filter((each) => each.startsWith("id="))).toEqual([
      "id=TOKEN,env=SEAWORTHY_SECRET_0",
      "id=npm,env=SEAWORTHY_SECRET_1",
      "id=key,src=/keys/pem",
    ]);
    expect(env).toMatchObject({ SEAWORTHY_SECRET_0: "t0ken", SEAWORTHY_SECRET_1: "npm-value" });
    expect(args.join(" ")).not.toMatch(/t0ken|npm-value/);
  });

  test("an inline Dockerfile by stdin", () => {
    const { args, stdin } = called({ context: "/src", dockerfile_inline: "FROM scratch\n" });

    expect(args.slice(-3)).toEqual(["--file", "-", "/src"]);
    expect(stdin).toBe("FROM scratch\n");
  });

  test("the classic way, with nothing that only BuildKit knows", () => {
    const { args, env } = called({ context: "/src" }, { builder: "classic" });

    expect(args.slice(0, 2)).toEqual(["build", "--force-rm"]);
    expect(env["DOCKER_BUILDKIT"]).toBe("0");
  });

  test.each([
    [{ context: "/src", ssh: ["default"] }, {}, "classic", "builder-lacks"],
    [{ context: "/src" }, { TOKEN: "x" }, "classic", "builder-lacks"],
    [{ context: "/src", privileged: true }, {}, "buildkit", "build-option-unknown"],
    [{ context: "/src", privileged: false, "x-own": 1 }, {}, "buildkit", undefined],
  ] as const)("nothing of %j with secrets %j to %s: %s", (build, secrets, builder, code) => {
    expect(codeOf(() => called(build, { builder, secrets }))).toBe(code);
  });

  test.each([
    [{ context: "/src" }, "/src/Dockerfile"],
    [{ context: "/src", dockerfile: "../D" }, "/D"],
    [{ context: "https://git.example/shop.git#main", dockerfile: "D" }, undefined],
  ])("where the Dockerfile of %j is", (build, file) => {
    const [section] = sections({ web: { build } });
    expect(section && dockerfileOf(section)).toBe(file);
  });
});
