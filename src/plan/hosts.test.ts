import { describe, expect, test } from "vitest";
import { planOf, validate } from "../../test/rig/fake-project.ts";
import { splitHost } from "./hosts-schema.ts";

describe("a host in one word", () => {
  test.each([
    ["10.0.0.11", { address: "10.0.0.11" }],
    ["deploy@app1.example", { address: "app1.example", user: "deploy" }],
    ["deploy@10.0.0.11:2222", { address: "10.0.0.11", user: "deploy", port: 2222 }],
    ["root@[fd00::11]:22", { address: "fd00::11", user: "root", port: 22 }],
  ])("%s", (text, parts) => {
    expect(splitHost(text)).toEqual(parts);
  });

  test.each(["-oProxyCommand=x", "a b", "a@-b", "", "x@", "a;b", "a/b", "fd00::11"])(
    "%j is none",
    (text) => {
      expect(splitHost(text)).toBeUndefined();
    },
  );
});

/** A project whose environment has these hosts. */
function withHosts(hosts: string): string {
  return `version: 1
project: shop
inputs:
  APP: { default: 10.0.0.11 }
  PORT: { default: 2222 }
secrets:
  TOKEN: { generate: hex }
environments:
  staging:
    hosts: ${hosts}
plans:
  deploy: { steps: [{ command: [x], secrets: [TOKEN], env: { A: "\${APP}", B: "\${PORT}" } }] }
`;
}

test("hosts are made ready with look-ups answered and short forms taken apart", () => {
  const made = planOf(
    withHosts(
      '{ gate: "ops@gate.example", app1: "deploy@${APP}", app2: { address: "${APP}", port: "${PORT}", key: ~/.ssh/k, jump: gate } }',
    ),
  );
  expect(made).toMatchObject({
    ok: true,
    value: {
      environment: {
        knownHosts: "known_hosts.staging",
        hosts: [
          { name: "gate", user: "ops", address: "gate.example" },
          { name: "app1", user: "deploy", address: "10.0.0.11" },
          { name: "app2", address: "10.0.0.11", port: 2222, key: "~/.ssh/k", jump: "gate" },
        ],
      },
    },
  });
});

test("the file of known keys may be looked up, too", () => {
  const text = withHosts("{ app1: x }").replace(
    "hosts: { app1: x }",
    'hosts: { app1: x }\n    known_hosts: "keys/${APP}"',
  );
  expect(planOf(text)).toMatchObject({
    value: { environment: { knownHosts: "keys/10.0.0.11" } },
  });
});

test.each([
  ["{ app1: a b }", "wrong-host", 10],
  ['{ app1: "deploy@${TOKEN}" }', "secret-not-allowed", 10],
  ['{ app1: "deploy@${NOBODY}" }', "unknown-name", 10],
  ["{ app1: { address: x, jump: app2 } }", "unknown-host", 10],
  ["{ app1: { address: x, jump: app1 } }", "jump-circle", 10],
  ["{ app1: { address: x, port: 99999 } }", "too-big", 10],
  ["{ app1: { address: root@x } }", "wrong-host", 10],
  ["{ app1: { adress: x } }", "unknown-key", 10],
])("a wrong host is pointed at: %s", (hosts, code, line) => {
  const found = validate(withHosts(hosts)).filter(({ severity }) => severity === "error");
  expect(found.map((each) => [each.code, each.line])).toContainEqual([code, line]);
});
