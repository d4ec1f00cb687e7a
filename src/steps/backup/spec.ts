import { z } from "zod";
import {
  inPart,
  inPlace,
  type InPlace,
  isHost,
  onHost,
  type OnHost,
  showPlace,
} from "../inside.ts";
import { duration, exactlyOne, size } from "../words.ts";

/** How the server of a database is reached. */
export interface MysqlSpec {
  readonly url?: string | undefined;
  readonly in?: InPlace | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly database?: string | undefined;
}

export interface PostgresSpec extends MysqlSpec {
  readonly maintenance: string;
}

const connection = {
  in: inPlace.optional(),
  host: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Name or address of its server, or the folder of its socket, as seen from where the tools run.",
    ),
  port: z.int().min(1).max(65_535).optional().describe("Port of its server."),
  user: z.string().min(1).optional().describe("Who connects."),
  password: z
    .string()
    .min(1)
    .optional()
    .describe(
      "A secret: `${DB_PASSWORD}`. Given to the tools by their environment, never as an argument.",
    ),
  database: z.string().min(1).max(63).optional().describe("Name of the database."),
};

const url = (example: string) =>
  z
    .string()
    .min(1)
    .optional()
    .describe(
      `Address of the database, \`${example}\` or a secret that holds it. What is also given by itself counts more.`,
    );

const needsName = (given: { url?: string | undefined; database?: string | undefined }): boolean =>
  given.url !== undefined || given.database !== undefined;
const NAMELESS = { error: "Name the `database`, or give its `url`." };

/** How a step names a PostgreSQL database. */
export const postgres = z
  .union([
    z
      .string()
      .min(1)
      .transform((text) => ({ url: text, maintenance: "postgres" })),
    z
      .strictObject({
        url: url("postgres://user:password@host/name"),
        ...connection,
        maintenance: z
          .string()
          .min(1)
          .default("postgres")
          .describe(
            "A database of the same server from which others are made, renamed and removed.",
          ),
      })
      .refine(needsName, NAMELESS),
  ])
  .transform((given): PostgresSpec => given)
  .describe(
    "PostgreSQL database, by its URL or its parts. The tools of its own part are used with `in: stack/db`, those of a host with `in: app1`, those of this machine without.",
  );

const mysql = z
  .union([
    z
      .string()
      .min(1)
      .transform((text) => ({ url: text })),
    z
      .strictObject({ url: url("mysql://user:password@host/name"), ...connection })
      .refine(needsName, NAMELESS),
  ])
  .transform((given): MysqlSpec => given)
  .describe(
    "MySQL or MariaDB database, by its URL or its parts. The tools of its own part are used with `in: stack/db`, those of a host with `in: app1`, those of this machine without.",
  );

const volume = z
  .strictObject({
    in: inPart.describe("A part that has the volume: `stack/web`. Its own `tar` is used."),
    path: z.string().startsWith("/").describe("Where that part has it: `/srv/media`."),
    while: z
      .enum(["running", "stopped"])
      .default("running")
      .describe(
        "`stopped`: everything of the target is stopped meanwhile, and started again. Needed when a file may be written to in the middle of the copy. A restore stops it always.",
      ),
  })
  .describe("The files of a volume, through a part of a target that has it.");

export type VolumeSpec = z.output<typeof volume>;

/** What is backed up, and when the copy counts as a backup. */
export const backupSpec = z
  .strictObject({
    sqlite: z
      .string()
      .min(1)
      .optional()
      .describe(
        "SQLite database file, relative to the project file; with `in`, absolute. It may be in use.",
      ),
    postgres: postgres.optional(),
    mysql: mysql.optional(),
    volume: volume.optional(),
    folder: z
      .string()
      .min(1)
      .optional()
      .describe("Folder with files, relative to the project file; with `in`, absolute."),
    in: onHost
      .optional()
      .describe(
        "With `sqlite` or `folder`: the host of the environment that has it, `app1`. Default: this machine.",
      ),
    store: z
      .enum(["here", "host"])
      .default("here")
      .describe(
        "Where copies are kept. `here`: on this machine. `host`: on the host that has the data, below ~/.seaworthy/backups.",
      ),
    within: duration
      .optional()
      .describe(
        "How long putting the copy back may take: `5m`. It is measured on trial and in a rollback; longer is said as a warning.",
      ),
    at_least: size
      .prefault("4KB")
      .describe("Least size of the copy. A smaller one is not a backup."),
    keep: z
      .int()
      .min(1)
      .max(1000)
      .default(5)
      .describe(
        "How many verified backups are kept; the newest, and always those of this run and the one before.",
      ),
    if_missing: z
      .enum(["fail", "skip"])
      .default("fail")
      .describe("When there is no database yet: `skip` is for the first deploy."),
    restore_on_rollback: z
      .boolean()
      .default(false)
      .describe(
        "Puts the data back as they were when a run is rolled back that migrated or began to deploy. What was written since is kept in a file beside the backup.",
      ),
  })
  .superRefine(exactlyOne(["sqlite", "postgres", "mysql", "volume", "folder"]))
  .superRefine((spec, context) => {
    for (const [key, message] of misfits(spec))
      context.addIssue({ code: "custom", message, path: [key] });
  });

/** Where the data are; undefined: on this machine. */
export function placeOf({
  in: where,
  postgres: server,
  mysql: other,
  volume: files,
}: Pick<BackupSpec, "in" | "postgres" | "mysql" | "volume">): InPlace | undefined {
  return where ?? (server ?? other ?? files)?.in;
}

/** The host that keeps the copies; undefined: this machine does. */
export function keeperOf(
  spec: Pick<BackupSpec, "in" | "postgres" | "mysql" | "volume" | "store">,
): OnHost | undefined {
  const where = placeOf(spec);
  return spec.store === "host" && where && isHost(where) ? where : undefined;
}

/** Keys that don't go together. */
function misfits(spec: Given): [key: string, message: string][] {
  const { sqlite, folder, in: where, store } = spec;
  const found: [string, string][] = [];
  const server = ["postgres", "mysql"].find((key) =>
    Object.entries(spec).some(([k, v]) => k === key && v !== undefined),
  );
  if (where && server)
    found.push([
      "in",
      `Say where its tools run inside: \`${server}: { in: ${showPlace(where)}, … }\`.`,
    ]);
  if (where && spec.volume)
    found.push([
      "in",
      "A volume says itself which part has it. For files of a host write `folder`.",
    ]);
  if (store === "host" && keeperOf(spec) === undefined)
    found.push(["store", "`host` needs a host that has the data: name it in `in`."]);
  for (const [key, place] of Object.entries({ sqlite, folder }))
    if (where && place !== undefined && !place.startsWith("/") && !place.startsWith("${"))
      found.push([key, `On a host a path is absolute, and ${place} is not.`]);
  return found;
}

type Given = Pick<
  BackupSpec,
  "sqlite" | "folder" | "in" | "store" | "postgres" | "mysql" | "volume"
>;

export type BackupSpec = z.output<typeof backupSpec>;
