import { describe, expect, test } from "vitest";
import { buildFailure } from "./last-words.ts";
import { readImageName } from "./names.ts";
import { trouble } from "../../docker-trouble.ts";

const DOCKERFILE = `# syntax=docker/dockerfile:1
ARG BASE=node
FROM \${BASE} AS deps
RUN <<WORDS
npm ci
WORDS
RUN apt-get update && \\
    # git for the build
    apt-get install git
FROM scratch
WORKDIR /app
ENV MODE=slim
COPY --from=deps /app /app
`;

const FAILED = { ended: { how: "exit", code: 1 } } as const;

function whatOf(
  tail: string,
  builder: "buildkit" | "classic",
  text: string | undefined = DOCKERFILE,
) {
  const of = { part: "web", builder, text, file: "Dockerfile" };
  return buildFailure({ ...FAILED, tail }, of).what;
}

const buildkit = (step: string, more = "") =>
  `#1 [internal] load build definition\n#9 ${step}\n#9 0.3 no\n#9 ERROR: process failed: exit code: 3\n------\n${more}`;

describe("the Dockerfile's line", () => {
  test.each([
    ["[deps 2/3] RUN npm ci", "line 4 of Dockerfile, `RUN npm ci`"],
    ["[deps 3/3] RUN apt-get update", "line 7 of Dockerfile"],
    ["[stage-1 3/3] COPY --from=deps /app /app", "line 13 of Dockerfile"],
    ["[stage-1 2/3] WORKDIR /app", "line 11 of Dockerfile"],
  ])("is found for BuildKit's %s", (step, place) => {
    expect(whatOf(buildkit(step), "buildkit")).toContain(place);
    expect(whatOf(buildkit(step), "buildkit")).toContain("with exit code 3");
  });

  test("is BuildKit's own where it says one", () => {
    const tail = buildkit(
      "[deps 2/3] RUN npm ci",
      "Dockerfile:40\n--------\n  40 | >>> RUN npm ci\n",
    );
    expect(whatOf(tail, "buildkit")).toContain("line 40 of Dockerfile");
  });

  test("is left out when the Dockerfile can't be had", () => {
    expect(whatOf(buildkit("[deps 2/3] RUN npm ci"), "buildkit", "")).toBe(
      "web could not be built: `RUN npm ci`, failed with exit code 3.",
    );
  });

  test("is counted from the classic builder's steps", () => {
    const tail =
      "Step 3/9 : RUN npm ci\n ---> Running in 1\nStep 4/9 : RUN apt-get update &&     apt-get install git\nno\nThe command '/bin/sh -c x' returned a non-zero code: 100\n";
    expect(whatOf(tail, "classic")).toContain("line 7 of Dockerfile, `RUN apt-get update");
    expect(whatOf(tail, "classic")).toContain("with exit code 100");
  });

  test("is not known when nothing ran", () => {
    expect(
      whatOf("ERROR: failed to read dockerfile: open Dockerfile: no such file", "buildkit"),
    ).toBe("web could not be built: its Dockerfile or its context was refused.");
  });
});

test.each([
  ["write /x: no space left on device", "engine-disk-full"],
  ["Cannot connect to the Docker daemon at unix:///x", "engine-unreachable"],
  ["no basic auth credentials", "registry-refused"],
  ["unauthorized: authentication required", "registry-refused"],
  ["denied: requested access to the resource is denied", "registry-refused"],
  ["Error response from daemon: manifest for x/y:1 not found: manifest unknown", "image-gone"],
  [
    "Get http://127.0.0.1:1/v2/: dial tcp 127.0.0.1:1: connect: connection refused",
    "registry-unreachable",
  ],
  ["http: server gave HTTP response to HTTPS client", "registry-unreachable"],
  ["something else", "docker-refused"],
])("%s means %s", (tail, code) => {
  expect(trouble({ ...FAILED, tail }, "Pulling x")).toMatchObject({ code, detail: tail });
});

test("a build that was out of time says so", () => {
  const told = { ended: { how: "out-of-time" }, tail: "#9 [2/3] RUN sleep" } as const;
  expect(trouble(told, "Building web").code).toBe("docker-out-of-time");
});

test.each([
  ["redis", { repository: "redis" }],
  ["shop/web:1.2", { repository: "shop/web", tag: "1.2" }],
  ["localhost/web", { repository: "localhost/web", registry: "localhost" }],
  [
    "r.example:5000/shop/web:1",
    { repository: "r.example:5000/shop/web", registry: "r.example:5000", tag: "1" },
  ],
  [
    "r.example:5000/web@sha256:ab",
    { repository: "r.example:5000/web", registry: "r.example:5000", digest: "sha256:ab" },
  ],
])("reads the image name %s", (name, read) => {
  expect(readImageName(name)).toEqual(read);
});
