import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** What the people who run the application can set, all of it by the environment. */
export interface Settings {
  /** Absolute path of the folder of everything that stays: database, blobs, audit log. */
  readonly data: string;
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** File descriptor of a socket that systemd has opened already, instead of host and port. */
  readonly socket: number | undefined;
  /** The version that health answers. */
  readonly release: string;
  /** The key that all blobs' keys are made from. */
  readonly key: Uint8Array;
  readonly tokenSecret: string;
  /** Without one, this person can't sign in. */
  readonly passwords: { readonly admin: string | undefined; readonly reader: string | undefined };
}

/** Bytes of a key for AES-256. */
export const KEY_BYTES = 32;
const MIN_TOKEN_SECRET = 32;

/** Reads the settings; `root` is the folder of the release. */
export function readSettings(env: NodeJS.ProcessEnv, root: string): Settings {
  return {
    data: resolve(env["DATA"] || "data"),
    host: env["HOST"] || "127.0.0.1",
    port: readPort(env["PORT"] || "8090"),
    socket: readSocket(env),
    release: env["RELEASE_NAME"] || readFileSync(resolve(root, "VERSION"), "utf8").trim(),
    key: readKey(keyText(env)),
    tokenSecret: readTokenSecret(env["TOKEN_SECRET"] ?? ""),
    passwords: {
      admin: env["ADMIN_PASSWORD"] || undefined,
      reader: env["READER_PASSWORD"] || undefined,
    },
  };
}

/** Where the database of a data folder is. */
export function databaseIn(data: string): string {
  return join(data, "files.db");
}

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new Error(`PORT must be a number from 0 to 65535, not "${text}".`);
  return port;
}

// The first socket that systemd hands over is 3: sd_listen_fds(3). Its variables may have been inherited from somebody else.
function readSocket(env: NodeJS.ProcessEnv): number | undefined {
  const isOurs = env["LISTEN_PID"] === String(process.pid) && Number(env["LISTEN_FDS"]) > 0;
  return isOurs ? 3 : undefined;
}

/** The key itself, or what stands in the file that is named. */
function keyText(env: NodeJS.ProcessEnv): string {
  const file = env["BLOB_KEY_FILE"];
  return env["BLOB_KEY"] || (file ? readFileSync(file, "utf8").trim() : "");
}

// The text of a wrong key is not shown: most of it may be right.
function readKey(text: string): Uint8Array {
  if (!/^(?:[0-9a-f]{2})*$/i.test(text))
    throw new Error(`BLOB_KEY must be written in hex; its ${text.length} characters are not.`);
  const key = Buffer.from(text, "hex");
  if (key.length !== KEY_BYTES)
    throw new Error(`BLOB_KEY must have ${KEY_BYTES} bytes, and has ${key.length}.`);
  return key;
}

function readTokenSecret(text: string): string {
  if (text.length < MIN_TOKEN_SECRET)
    throw new Error(
      `TOKEN_SECRET must have ${MIN_TOKEN_SECRET} characters or more, and has ${text.length}.`,
    );
  return text;
}
