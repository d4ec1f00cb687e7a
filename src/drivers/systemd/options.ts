import { z } from "zod";
import { parseDuration } from "../../lib/duration.ts";
import { parseSize } from "../../lib/size.ts";
import { readyAnswer, readyPath } from "../ready-options.ts";
import { onHosts } from "../rollout.ts";

const duration = z
  .string()
  .refine(
    (text) => parseDuration(text) !== undefined,
    "expected a duration such as 250ms, 30s, 2m",
  );
const size = z
  .string()
  .refine((text) => parseSize(text) !== undefined, "expected a size such as 300MB, 2GB");
const port = z.union([
  z.int().min(1).max(65_535),
  z.string().regex(/^\d{1,5}$/, "expected a port number"),
]);
const argv = z
  .tuple([z.string().min(1)], z.string())
  .describe("The program and its arguments, one each; no shell is involved.");
const env = z.record(
  z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected a name such as LOG_LEVEL"),
  z.string(),
);
const absolute = z
  .string()
  .regex(/^(?:\/[A-Za-z0-9_@+=:,.-]+)+$/, "expected an absolute path without spaces")
  .refine((text) => !text.split("/").includes(".."), "must not lead upwards");
const inRelease = z
  .string()
  .regex(
    /^[^/\\\0\n]+(\/[^/\\\0\n]+)*$/,
    "expected a path in the release, such as deploy/hub.service",
  )
  .refine((text) => !text.split("/").some((part) => part === "." || part === ".."), {
    message: "must stay inside the release",
  });
const userName = z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, "expected a user such as erp");

const unit = z
  .strictObject({
    command: argv
      .optional()
      .describe("What it runs, in the release's folder; a unit is written for it."),
    unit_file: inRelease
      .optional()
      .describe(
        "The project's own unit file in the release. ROOT, FOLDER, RELEASE, RELEASE_NAME, USER, DATA and PORT are looked up in it as ${NAME}; other ${…} are left to systemd.",
      ),
    installed: z
      .literal(true)
      .optional()
      .describe(
        "The unit is on the hosts already and belongs to their administrators; it is only started, stopped and restarted.",
      ),
    port: port.optional().describe("Port that it listens on; given to it as PORT."),
    env: env.optional().describe("Environment variables of this unit alone."),
    notify: z
      .boolean()
      .default(false)
      .describe("Whether it tells systemd when it is ready (sd_notify)."),
    memory_max: size.optional().describe("With more memory than this it is ended: 300MB."),
    stop: duration
      .default("10s")
      .describe("How long it may take to end after TERM; then it is killed."),
    settings: z
      .record(
        z.string().regex(/^[A-Z][A-Za-z]+$/, "expected a setting such as LimitNOFILE"),
        z.string().regex(/^[^\n\r\0]*$/, "must be one line"),
      )
      .default({})
      .describe("Further lines of its [Service] section: { ProtectHome: read-only }."),
  })
  .refine(
    (all) =>
      [all.command, all.unit_file, all.installed].filter((each) => each !== undefined).length === 1,
    "needs exactly one of `command`, `unit_file` and `installed`",
  );

const ready = z.strictObject({
  get: readyPath,
  port: port
    .optional()
    .describe("Port on the host that is asked. Default: that of the first unit which has one."),
  ...readyAnswer,
  within: duration
    .optional()
    .describe(
      "How long a release may take to become ready, when that is less than the step's `healthy_within`.",
    ),
});

const beside = z.strictObject({
  ports: z
    .tuple([port, port])
    .refine(([a, b]) => String(a) !== String(b), "must be two different ports")
    .describe("The two ports of the unit, in turn: [8001, 8002]."),
  router: z
    .strictObject({
      file: absolute.describe("File of the router on the host that says where it leads."),
      text: z
        .string()
        .min(1)
        .refine(
          (text) => text.includes("${port}"),
          "must say where ${port} stands; in a project file it is written $${port}",
        )
        .describe(
          "What the file says, with ${port} in place of the port (in a project file: $${port}).",
        ),
      reload: argv.describe("Makes the router read its file again, with root's rights."),
    })
    .describe("What people reach the unit through, on each host."),
  drain: duration
    .default("10s")
    .describe(
      "How long the old one may go on; it is stopped when nobody has come for 2 s, or after this.",
    ),
});

const serve = z
  .union([
    z.literal("restart"),
    z.literal("socket"),
    z.strictObject({ beside: beside.describe("Two of it, and a router that leads to one.") }),
  ])
  .default("restart")
  .describe(
    "How the new release takes over. `restart`: the units are restarted. `socket`: systemd holds the port, and hands it over as file descriptor 3, so that connections wait in the meantime. `beside`: it is started beside the old one, and a router switches.",
  );

/** What a person may say about a target of driver `systemd`. Without transforms, so that reading twice equals reading once. */
export const options = z
  .strictObject({
    ...onHosts,
    units: z
      .record(
        z
          .string()
          .regex(/^[A-Za-z][A-Za-z0-9_-]{0,60}$/, "expected a name such as hub, of hub.service"),
        unit,
      )
      .refine((all) => Object.keys(all).length > 0, "names no unit")
      .describe("What runs: name of the unit → what it is."),
    root: absolute
      .optional()
      .describe(
        "Folder on the hosts with `releases`, `current` and `shared`. Default: /srv/<folder of the project>/<target>.",
      ),
    user: userName.optional().describe("Who runs the units. Default: who signs in by ssh."),
    install: z
      .array(argv)
      .default([])
      .describe(
        "Commands run once in a new release's folder on each host, before anything is switched: [[npm, ci]].",
      ),
    env: env
      .default({})
      .describe(
        "Environment variables for every unit and for `install`. RELEASE, RELEASE_NAME and DATA are always given, and the target's secrets by their names.",
      ),
    secrets_as: z
      .enum(["environment", "credentials"])
      .default("environment")
      .describe(
        "How units get the target's secrets: from an environment file that only root can read, or as systemd's credentials, files in $CREDENTIALS_DIRECTORY.",
      ),
    shared: z
      .array(inRelease)
      .default([])
      .describe(
        "Paths in a release that are links into the folder of what outlives releases (DATA): data, var/db.sqlite3. New ones are folders unless their name has an extension.",
      ),
    serve,
    ready: ready
      .optional()
      .describe(
        "Where a release says that it is ready and which one it is, asked on each host. Without it, the process that systemd has started is the proof.",
      ),
    settle_for: duration
      .default("6s")
      .describe("How long it must stay up without a restart once it is ready."),
    keep: z
      .int()
      .min(2)
      .max(100)
      .default(3)
      .describe("How many releases are kept, the serving and the previous one among them."),
    adopt: z
      .boolean()
      .default(false)
      .describe("Replace units of the same names that Seaworthy did not write."),
  })
  .superRefine((all, context) => {
    for (const issue of contradictions(all)) context.addIssue({ code: "custom", ...issue });
  });

export type Options = z.output<typeof options>;
export type UnitOptions = z.output<typeof unit>;
export type Beside = z.output<typeof beside>;

/** `installed` in options that need a unit of ours, ports that are missing. */
function contradictions(all: {
  readonly units: Readonly<Record<string, UnitOptions>>;
  readonly serve: z.output<typeof serve>;
  readonly ready?: z.output<typeof ready> | undefined;
}): readonly { path: string[]; message: string }[] {
  const units = Object.entries(all.units);
  const listens = units.some(([, each]) => each.port !== undefined);
  const isBeside = typeof all.serve === "object";
  return [
    ...(all.ready && all.ready.port === undefined && !listens && !isBeside
      ? [{ path: ["ready", "port"], message: "is needed, because no unit has a `port`" }]
      : []),
    ...(all.serve === "socket" && !listens
      ? [{ path: ["serve"], message: "`socket` needs a unit with a `port`" }]
      : []),
    ...(isBeside && units.length !== 1
      ? [{ path: ["serve"], message: "`beside` needs exactly one unit" }]
      : []),
    ...(all.serve !== "restart" && units.some(([, each]) => each.installed)
      ? [{ path: ["serve"], message: "a unit that is `installed` can only be restarted" }]
      : []),
  ];
}

export function milliseconds(text: string): number {
  return parseDuration(text) ?? 0;
}

export function bytes(text: string): number {
  return parseSize(text) ?? 0;
}

/** How it takes over, with what only `beside` says. */
export function besideOf({ serve: how }: Options): Beside | undefined {
  return typeof how === "object" ? how.beside : undefined;
}
