import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { configText } from "./config.ts";

describe("our ssh_config", () => {
  const hosts = [
    { name: "gate", address: "gate.example", user: "ops" },
    {
      name: "app1",
      address: "10.0.0.11",
      port: 2222,
      user: "deploy",
      key: "keys/my key%1",
      jump: "gate",
    },
  ];
  const text = configText(hosts, { knownHosts: "/p/known_hosts.staging", project: "/p" });
  const folder = mkdtempSync(join(tmpdir(), "sw-config-"));
  const file = join(folder, "ssh_config");
  writeFileSync(file, text);
  afterAll(() => rmSync(folder, { recursive: true }));
  const asked = (host: string) =>
    new Map(
      execFileSync("ssh", ["-G", "-F", file, host], { encoding: "utf8" })
        .split("\n")
        .map((line): [string, string] => [
          line.split(" ")[0] ?? "",
          line.slice(line.indexOf(" ") + 1),
        ]),
    );

  test("is what ssh itself understands: only enrolled keys, no questions, nothing forwarded", () => {
    expect(Object.fromEntries(asked("app1"))).toMatchObject({
      hostname: "10.0.0.11",
      port: "2222",
      user: "deploy",
      hostkeyalias: "app1",
      proxyjump: "gate",
      identityfile: "/p/keys/my key%%1",
      identitiesonly: "yes",
      batchmode: "yes",
      stricthostkeychecking: "true",
      userknownhostsfile: "/p/known_hosts.staging",
      globalknownhostsfile: "/dev/null",
      updatehostkeys: "false",
      forwardagent: "no",
      permitlocalcommand: "no",
      serveraliveinterval: "5",
      serveralivecountmax: "4",
    });
    expect(asked("gate").get("hostkeyalias")).toBe("gate");
  });
});
