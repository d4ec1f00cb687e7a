import { z } from "zod";
import { name } from "./words.ts";

/** `deploy@10.0.0.11`, `10.0.0.11:2222`, `[fd00::11]:22`, `app1.example`. */
const SHORT =
  /^(?:([\w][\w.-]{0,63})@)?(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9][\w.-]{0,252}))(?::(\d{1,5}))?$/;

/** Parts of a host as people write it in one word; undefined when it is none. */
export function splitHost(
  text: string,
): { address: string; user?: string; port?: number } | undefined {
  const [, user, six, plain, port] = SHORT.exec(text) ?? [];
  const address = six ?? plain;
  if (address === undefined) return undefined;
  return {
    address,
    ...(user !== undefined && { user }),
    ...(port !== undefined && { port: Number(port) }),
  };
}

const address = z
  .string()
  .min(1)
  .describe("Name or IP address that ssh connects to, as this machine resolves it.");

const long = z.strictObject({
  address,
  user: z.string().min(1).optional().describe("Who signs in. Default: your own user name."),
  port: z
    .union([z.int().min(1).max(65_535), z.string().startsWith("${")])
    .optional()
    .describe("Port of its ssh server. Default 22."),
  key: z
    .string()
    .min(1)
    .optional()
    .describe(
      "File of the private key, absolute, from `~/` or beside the project file. Default: the keys of your agent, then those that ssh looks for by itself.",
    ),
  certificate: z
    .string()
    .min(1)
    .optional()
    .describe("File of the key's certificate, where a certificate authority signs keys."),
  jump: name
    .optional()
    .describe("Name of another host of this environment that it is reached through."),
});

/** The machines of an environment, as they are written. */
export const hosts = z
  .record(
    name,
    z.union([z.string().min(1), long]).describe("One machine: `deploy@10.0.0.11` for short."),
  )
  .describe(
    "Machines that are reached over ssh, for the drivers and steps that name them. Enrol their keys with `seaworthy hosts enrol`.",
  );

export type HostsText = z.output<typeof hosts>;

/** File with the public keys of an environment's hosts. */
export const knownHosts = z
  .string()
  .min(1)
  .describe(
    "File beside the project file with the public keys that the hosts must have; belongs into git. Default: `known_hosts.` and the environment's name.",
  );
