/** A small file put onto a host: whole, durable, by whom it must be. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Host, HostFile } from "../../src/ports/host.ts";
import { startHosts, type LabHost, type LabHosts } from "./rig/hosts.ts";
import { reachHosts, type LabReach } from "./rig/open-hosts.ts";

const LIMITS = { timeoutMs: 60_000 };
const NARROW = "deploy ALL=(root) NOPASSWD: /usr/bin/systemctl\n";
const WIDE = "deploy ALL=(ALL) NOPASSWD:ALL\n";

let all: LabHosts;
let reach: LabReach;
let rootReach: LabReach;
let lab: LabHost;
let host: Host;

beforeAll(async () => {
  all = await startHosts({ prefix: "swx-put", count: 1, disk: "8m" });
  lab = all.hosts[0]!;
  await lab.exec(["chown", "deploy:", "/srv"]);
  reach = reachHosts(all.hosts);
  rootReach = reachHosts(all.hosts, { user: "root" });
  host = reach.hosts.host(lab.name);
});

afterAll(async () => {
  await reach[Symbol.asyncDispose]();
  await rootReach[Symbol.asyncDispose]();
  await all[Symbol.asyncDispose]();
});

const stat = (path: string) => lab.exec(["stat", "-c", "%a %U:%G %h", path]);
/** Another file has another one, and a rename makes the folder's time another. */
const mark = (path: string) => lab.exec(["stat", "-c", "%i %y", path, "/srv"]);

const longFile = (letter: string): HostFile => ({
  path: "/srv/whole",
  text: letter.repeat(200_000),
  mode: "0644",
});

describe("a file", () => {
  test.each([
    ["empty", ""],
    ["without a last line end", "KEY=value"],
    ["full of signs", `it's "quoted" $HOME \`id\` \\ \n\n%s\t-n\r\n ä€😀`],
    ["long", "0123456789abcdef\n".repeat(20_000)],
  ])("arrives as it is when it is %s", async (name, text) => {
    const path = `/srv/odd names/it's ${name}.env`;
    expect(await host.put({ path, text, mode: "0600" }, LIMITS)).toBe(true);
    expect(await lab.exec(["cat", path])).toBe(text);
    expect(await stat(path)).toBe("600 deploy:deploy 1\n");
    expect(await lab.exec(["ls", "-A", "/srv/odd names"])).not.toContain("..");
    await lab.exec(["rm", "-rf", "/srv/odd names"]);
  });

  test("is not touched when it stands there just so, and is when anything differs", async () => {
    const file: HostFile = { path: "/srv/app.env", text: "A=1\n", mode: "0640" };
    expect(await host.put(file, LIMITS)).toBe(true);
    const before = await mark(file.path);
    expect(await host.put(file, LIMITS)).toBe(false);
    expect(await mark(file.path)).toBe(before);
    expect(await host.put({ ...file, text: "A=2\n" }, LIMITS)).toBe(true);
    expect(await host.put({ ...file, text: "A=2\n", mode: "0600" }, LIMITS)).toBe(true);
    await lab.exec(["chown", "root", file.path]);
    expect(await host.put({ ...file, text: "A=2\n", mode: "0600" }, LIMITS)).toBe(true);
    expect(await stat(file.path)).toBe("600 deploy:deploy 1\n");
  });

  test.each([
    ["a user", "www-data", "www-data:www-data"],
    ["a user and a group", "root:www-data", "root:www-data"],
    ["numbers", "33:1000", "www-data:deploy"],
    ["the ssh user when nobody is named", undefined, "deploy:deploy"],
  ])("belongs to %s, put by root", async (_, owner, whose) => {
    const path = "/etc/seaworthy-test/unit.conf";
    const file = { path, text: `${owner}`, mode: "640", asRoot: true, ...(owner && { owner }) };
    expect(await host.put(file, LIMITS)).toBe(true);
    expect(await stat(path)).toBe(`640 ${whose} 1\n`);
    expect(await host.put(file, LIMITS)).toBe(false);
  });

  test("needs no sudo where the user is root", async () => {
    const root = rootReach.hosts.host(lab.name);
    await lab.put("root ALL=(ALL) !ALL\n", "/etc/sudoers.d/root", "440");
    const file = { path: "/etc/by-root", text: "x", mode: "0644", asRoot: true } as const;
    expect(await root.put(file, LIMITS)).toBe(true);
    expect(await stat(file.path)).toBe("644 root:root 1\n");
    await lab.exec(["rm", "/etc/sudoers.d/root"]);
  });

  test("takes the place of a link, and not of what the link leads to", async () => {
    await lab.put("untouched", "/srv/target");
    await lab.exec(["ln", "-s", "/srv/target", "/srv/link"]);
    expect(await host.put({ path: "/srv/link", text: "own", mode: "0644" }, LIMITS)).toBe(true);
    expect(await lab.exec(["cat", "/srv/target", "/srv/link"])).toBe("untouchedown");
  });

  test("is never seen half", async () => {
    await host.put(longFile("a"), LIMITS);
    const script = "for i in $(seq 300); do sha256sum </srv/whole; done | sort -u | wc -l";
    const seen = lab.exec(["sh", "-c", script]);
    const letters = ["b", "a", "b", "a", "b", "a"];
    for (const letter of letters) expect(await host.put(longFile(letter), LIMITS)).toBe(true);
    expect(Number(await seen)).toBeLessThanOrEqual(2);
  });

  test("comes in one of two versions when two are put at once", async () => {
    const both = ["one", "two"].map((text) =>
      host.put({ path: "/srv/both", text, mode: "0644" }, LIMITS),
    );
    expect(await Promise.all(both)).toContain(true);
    expect(["one", "two"]).toContain(await lab.exec(["cat", "/srv/both"]));
    expect(await lab.exec(["sh", "-c", "ls -A /srv | grep -c both"])).toBe("1\n");
  });
});

describe("what keeps a file from its place", () => {
  test.each([
    ["a folder of that name", { path: "/srv" }, "file-not-put", /a folder of that name is there/],
    ["rights", { path: "/etc/x" }, "file-not-put", /could not write it/],
    [
      "an unknown owner",
      { path: "/srv/x", owner: "nobody-such" },
      "file-not-put",
      /no user nobody-such/,
    ],
    ["a path that is not absolute", { path: "x" }, "file-not-put", /is no file/],
    ["a mode that is none", { path: "/srv/x", mode: "u+x" }, "file-not-put", /mode u\+x/],
  ])("%s is said", async (_, given, code, what) => {
    const failed = host.put({ text: "x", mode: "0644", ...given }, LIMITS);
    await expect(failed).rejects.toMatchObject({
      failure: { code, what: expect.stringMatching(what) },
    });
  });

  test("a sudo that asks for a password is said, and nothing is changed", async () => {
    await lab.put(NARROW, "/etc/sudoers.d/deploy", "440");
    const failed = host.put({ path: "/etc/wanted", text: "x", mode: "0644", asRoot: true }, LIMITS);
    await expect(failed).rejects.toMatchObject({
      failure: { code: "sudo-refused", detail: expect.stringContaining("password") },
    });
    await expect(lab.exec(["cat", "/etc/wanted"])).rejects.toThrow();
    await lab.put(WIDE, "/etc/sudoers.d/deploy", "440");
  });

  test("a full disk is said, and what was there before still is", async () => {
    const file = { path: "/srv/full", text: "before", mode: "0644" };
    await host.put(file, LIMITS);
    await lab.fillDisk();
    await expect(host.put({ ...file, text: "x".repeat(100_000) }, LIMITS)).rejects.toMatchObject({
      failure: { code: "file-not-put", detail: expect.stringContaining("No space left") },
    });
    expect(await lab.exec(["cat", file.path])).toBe("before");
    await lab.freeDisk();
    expect(await lab.exec(["sh", "-c", "ls -A /srv | grep -c '^[.]full' || true"])).toBe("0\n");
  });
});
