import { z } from "zod";
import { parseDuration } from "../../../lib/duration.ts";
import { readyAnswer, readyPath } from "../../ready-options.ts";

const duration = z
  .string()
  .refine(
    (text) => parseDuration(text) !== undefined,
    "expected a duration such as 250ms, 30s, 2m",
  );
const port = z.union([
  z.int().min(1).max(65_535),
  z.string().regex(/^\d{1,5}$/, "expected a port number"),
]);
// Becomes a word in a proxy's own language: nothing that could end it.
const word = z.string().regex(/^[A-Za-z0-9][\w.-]{0,62}$/, "expected letters, digits, . _ and -");

const ready = z.strictObject({
  get: readyPath,
  ...readyAnswer,
});

const shared = {
  proxy: word.describe("Service of the stack through which this one is reached."),
  port: port.describe("Port on which this service listens in its container."),
  ready: ready.describe(
    "Where the new container says that it is ready, and which release it is; asked before any request is led to it.",
  ),
  drain: duration
    .default("10s")
    .describe("How long the old container may take to end the requests that it is answering."),
};

const nginx = z.strictObject({
  kind: z.literal("nginx").describe("The proxy is nginx."),
  ...shared,
  link: z
    .string()
    .regex(/^(\/[\w.-]+)+$/, "expected an absolute path such as /etc/seaworthy/web")
    .refine((text) => !text.split("/").includes(".."), "must not go up")
    .optional()
    .describe(
      "Path in the proxy's container that its configuration reads at each request: see the guide. Default: /etc/seaworthy/<service>.",
    ),
});

const haproxy = z.strictObject({
  kind: z.literal("haproxy").describe("The proxy is HAProxy."),
  ...shared,
  backend: word.optional().describe("Its backend. Default: the service's name."),
  server: word.default("live").describe("The only server of that backend."),
  admin: port
    .default(9999)
    .describe("Port on the proxy's own loopback where its `stats socket` listens, level admin."),
  state: z
    .string()
    .regex(/^(\/[\w.-]+)+$/, "expected an absolute path such as /etc/seaworthy/haproxy.state")
    .refine((text) => !text.split("/").includes(".."), "must not go up")
    .default("/etc/seaworthy/haproxy.state")
    .describe("Its `server-state-file`, read when it restarts in the middle of a switch."),
});

const service = z.discriminatedUnion("kind", [nginx, haproxy]);

export type SwitchOption = z.output<typeof service>;
export type NginxOption = z.output<typeof nginx>;
export type HaproxyOption = z.output<typeof haproxy>;

/** Services that change releases without failing a request. */
export const switchOptions = z
  .record(word, service)
  .default({})
  .describe(
    "Services behind a proxy of the stack that change releases without failing a request: the new container starts beside the old one, and the proxy leads to it once it is ready.",
  );
