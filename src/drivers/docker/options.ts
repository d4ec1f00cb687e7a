import { z } from "zod";
import { parseDuration } from "../../lib/duration.ts";
import { readyAnswer, readyPath } from "../ready-options.ts";
import { onHosts } from "../rollout.ts";

const duration = z
  .string()
  .refine(
    (text) => parseDuration(text) !== undefined,
    "expected a duration such as 250ms, 30s, 2m",
  );
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected a name such as LOG_LEVEL");
const inFiles = z
  .string()
  .regex(/^[^/\\\0]+(\/[^/\\\0]+)*$/, "expected a path in the release, such as deploy/Dockerfile")
  .refine((text) => !text.split("/").includes(".."), "must stay inside the release");
/** What docker calls a container or a network. */
const dockerName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_.-]{0,62}$/, "expected lower-case letters, digits, and . _ -");

const ready = z.strictObject({
  get: readyPath,
  port: z.int().min(1).max(65_535).describe("Port in the container."),
  ...readyAnswer,
});

const build = z.strictObject({
  context: inFiles.optional().describe("Folder of the release. Default: all of it."),
  dockerfile: inFiles.optional().describe("Default: `Dockerfile` in the context."),
  target: z.string().min(1).optional().describe("Stage of the Dockerfile."),
  args: z.record(variable, z.string()).default({}).describe("Build arguments; no secrets."),
});

const healthcheck = z.strictObject({
  test: z.array(z.string()).min(1).describe("Command in the container, word by word."),
  interval: duration.optional().describe("Default: docker's, 30s."),
  timeout: duration.optional().describe("Default: docker's, 30s."),
  start_period: duration.optional().describe("Failures in it do not count. Default: none."),
  retries: z.int().min(1).optional().describe("Failures in a row that make it ill. Default: 3."),
});

const router = z.strictObject({
  file: z
    .string()
    .regex(/^\/[^\0]*$/, "expected an absolute path")
    .describe("Its file on the host, which Seaworthy writes whole."),
  text: z
    .string()
    .describe(
      "What the file says: `{address}` and `{port}` are where the container is reached on the host, `{name}` is its name in its docker network.",
    ),
  reload: z
    .array(z.string())
    .min(1)
    .describe("Command on the host that has the router read it, word by word."),
  as_root: z
    .boolean()
    .default(false)
    .describe("Write and reload with root's rights, by `sudo -n` where the user is not root."),
});

const PORT =
  /^(?:(?:[\d.]+|\[[0-9a-fA-F:]+\]):)?(?:\d{1,5}(?:\|\d{1,5})?)?(?::)?\d{1,5}(?:\/(?:tcp|udp|sctp))?$/;

const container = z
  .strictObject({
    image: z
      .string()
      .regex(/^[\w][\w.:/@{}-]*$/, "expected an image such as registry.example/shop:1.2")
      .optional()
      .describe(
        "The image, by tag or by digest. `{release}` is the release's name, `{commit}` its commit.",
      ),
    from: z
      .enum(["registry", "here"])
      .default("registry")
      .describe(
        "Where hosts get `image` from: its registry, or the engine of this machine, from which it is streamed.",
      ),
    build: z
      .union([z.literal(true), build])
      .optional()
      .describe(
        "Built here of the release's files, and streamed to the hosts that do not have it; `true` takes the Dockerfile at their top.",
      ),
    ports: z
      .array(
        z.union([
          z.int().min(1).max(65_535),
          z.string().regex(PORT, 'expected a port such as "127.0.0.1:8080:8000"'),
        ]),
      )
      .default([])
      .describe(
        'Published ports, as docker writes them: `"127.0.0.1:8080:8000"`. Two for the same, `"127.0.0.1:8001|8002:8000"`, are taken in turn by releases that start beside the one before.',
      ),
    env: z
      .record(variable, z.string())
      .default({})
      .describe("Its environment. RELEASE, RELEASE_ID and RELEASE_COMMIT are always given."),
    secrets: z
      .array(variable)
      .default([])
      .describe("Secrets of the target that it gets in its environment, by their names."),
    secret_files: z
      .array(variable.max(80))
      .default([])
      .describe(
        "Secrets of the target that it gets as files, /run/secrets/NAME, readable by `user` alone.",
      ),
    volumes: z
      .array(
        z
          .string()
          .regex(/^[^:\0]+:\/[^:\0]*(?::[a-zA-Z,]+)?$/, "expected NAME:/path or /folder:/path:ro"),
      )
      .default([])
      .describe("Volumes by name, or absolute folders of the host. They outlive releases."),
    network: dockerName
      .optional()
      .describe(
        "Docker network; made when it is not there. In it, the container's name leads to it.",
      ),
    restart: z
      .string()
      .regex(
        /^(?:no|always|unless-stopped|on-failure(?::\d{1,4})?)$/,
        "expected unless-stopped, on-failure:5, always or no",
      )
      .default("unless-stopped")
      .describe("What docker does when it ends."),
    user: z
      .string()
      .regex(/^[\w.-]+(?::[\w.-]+)?$/)
      .optional()
      .describe("Who runs it in the container: 1000:1000."),
    memory: z
      .string()
      .regex(/^\d+[bkmg]$/, "expected an amount such as 512m")
      .optional()
      .describe("It gets no more."),
    cpus: z.number().positive().optional().describe("Cores that it gets at most: 0.5."),
    command: z
      .array(z.string())
      .min(1)
      .optional()
      .describe("Instead of the image's own, word by word."),
    entrypoint: z.string().min(1).optional().describe("Instead of the image's own."),
    healthcheck: healthcheck.optional().describe("Instead of the image's own."),
    labels: z.record(z.string().min(1), z.string()).default({}).describe("More labels."),
    flags: z
      .array(z.string().startsWith("-", "expected an option such as --add-host=db:10.0.0.5"))
      .default([])
      .describe("Other options of `docker create`, each in one word: `--add-host=db:10.0.0.5`."),
    ready: ready
      .optional()
      .describe("Where the container says which release it is; asked on its host."),
    replace: z
      .enum(["stop first", "start first"])
      .default("stop first")
      .describe("Which comes first: ending the old container, or starting the new one beside it."),
    router: router
      .optional()
      .describe(
        "What leads people to it, for `replace: start first`: rewritten and reloaded once the new container is proven.",
      ),
    drain: duration
      .default("5s")
      .describe(
        "How long the old container goes on after the router was reloaded, for requests that it has begun.",
      ),
    stop_timeout: duration.default("10s").describe("Between TERM and KILL."),
  })
  .refine((all) => all.image !== undefined || all.build !== undefined, {
    message: "needs `image` or `build`",
  })
  .refine((all) => all.image === undefined || all.build === undefined, {
    message: "has both `image` and `build`, of which it needs one",
  });

const registry = z.strictObject({
  address: z
    .string()
    .regex(/^[\w.-]+(:\d+)?$/, "expected a registry such as registry.example:5000")
    .describe("The registry that hosts pull from."),
  user: z.string().min(1).describe("Who signs in."),
  password: variable.describe(
    "Name of the target's secret that holds the password; it is given on stdin, and forgotten after each pull.",
  ),
});

/** What a person may say about a target of driver `docker`. */
export const options = z.strictObject({
  containers: z
    .record(dockerName, container)
    .refine((all) => Object.keys(all).length > 0, "needs a container")
    .describe("Containers on each host, by the names that they have there."),
  name: dockerName
    .optional()
    .describe(
      "What the hosts call this target, the same for everybody who deploys it. Default: <folder of the project file>-<environment>-<target>.",
    ),
  ...onHosts,
  registry: registry.optional().describe("Signing in, for images that are pulled."),
  stable: duration
    .default("5s")
    .describe("How long a container with neither `ready` nor a health check must run."),
  keep: z
    .int()
    .min(2)
    .max(100)
    .default(3)
    .describe("How many releases are kept, the serving and the previous one among them."),
  adopt: z
    .boolean()
    .default(false)
    .describe(
      "Replace a container of the same name that Seaworthy did not start. It is stopped and kept as NAME--before.",
    ),
});

export type Options = z.output<typeof options>;
export type ContainerOptions = z.output<typeof container>;
export type RouterOptions = z.output<typeof router>;

export function milliseconds(text: string): number {
  return parseDuration(text) ?? 0;
}
