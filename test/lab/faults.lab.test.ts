import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import path from "node:path";
import { expect, test } from "vitest";
import { type FaultShop, keptNames, openFaultShop, stack, web } from "./rig/fault-shop.ts";

// What goes wrong with stacks, as people meet it: the real command, its exit code, its words, what it keeps of the
// failure, and what serves afterwards.
const ROLLED_BACK = 4;
const EVIDENCE = ["inspect.json", "logs_full.log", "ps_final.log"];

/** The release before is whole again, and what went wrong is kept. */
async function isBack(shop: FaultShop, run: number): Promise<void> {
  expect([await shop.answers(), shop.standing()]).toEqual(["v1", ["web running v1"]]);
  expect(keptNames(shop, run)).toEqual(expect.arrayContaining(EVIDENCE));
}

test.each([
  ["v2", 25_510],
  ["v1", 25_511],
] as const)(
  "compose %s: memory that runs out is named, and what it took is kept",
  async (compose, port) => {
    await using shop = openFaultShop({ name: `w2oom${compose}`, port, compose });
    shop.tag("v1", stack(web(port)));
    const hungry = `  hungry:
    image: lab/busybox:1
    mem_limit: 16m
    memswap_limit: 16m
    command: ["sh", "-c", "echo eating for \${RELEASE}; exec tail /dev/zero"]
    stop_signal: SIGKILL
`;
    shop.tag("v2", stack(web(port), hungry));
    expect((await shop.deploy("v1")).exit).toBe(0);

    const said = await shop.deploy("v2");

    expect(said.exit, said.out).toBe(ROLLED_BACK);
    expect(said.out).toMatch(
      /hungry: it ran out of memory and was killed [^]*fix: Give hungry more memory .*mem_limit/,
    );
    await isBack(shop, 2);
    expect(shop.kept(2, "logs_full.log")).toContain("eating for v2");
    expect(shop.kept(2, "inspect.json")).toContain('"OOMKilled": true');
  },
);

test("a port that somebody else has: who, and on a first deploy nothing stays", async () => {
  const port = 25_512;
  await using shop = openFaultShop({ name: "w2port", port });
  shop.tag("v1", stack(web(port)));
  const theirs = ["--name", "w2port-theirs", "-p", `127.0.0.1:${port}:80`, "lab/busybox:1"];
  execFileSync("docker", ["run", "-d", "--rm", ...theirs, "sleep", "1000"]);
  const first = await shop.deploy("v1").finally(() => {
    execFileSync("docker", ["rm", "-f", "w2port-theirs"]);
  });
  expect(first.exit, first.out).toBe(ROLLED_BACK);
  expect(first.out).toContain(`port ${port} is taken by the container w2port-theirs.`);
  expect(first.out).toContain("`docker stop w2port-theirs`");
  expect(shop.standing()).toEqual([]);
  expect((await shop.deploy("v1")).exit).toBe(0);

  shop.tag("v2", stack(web(port + 1)));
  const other = createServer().listen(port + 1, "127.0.0.1");
  await once(other, "listening");
  const second = await shop.deploy("v2");
  other.close();

  expect(second.exit, second.out).toBe(ROLLED_BACK);
  expect(second.out).toMatch(
    /port 25513 is taken by something that is no container .*\n[^]*fix: .*ss -ltnp/,
  );
  await isBack(shop, 3);
});

/** Passes its first checks, then never again. */
const moody = (passes: number) => `  moody:
    image: lab/busybox:1
    command: ["sh", "-c", "echo moody of \${RELEASE}; exec sleep 1000"]
    stop_signal: SIGKILL
    healthcheck:
      test: ["CMD-SHELL", "echo x >> /seen; test $$(wc -l < /seen) -le ${passes} || { echo the queue is gone; exit 1; }"]
      interval: 500ms
      retries: 1
`;

/** Is well a while after it was started. */
const slow = `  slow:
    image: lab/busybox:1
    command: ["sh", "-c", "echo slow of \${RELEASE}; sleep 8; touch /well; exec sleep 1000"]
    stop_signal: SIGKILL
    healthcheck: { test: ["CMD", "test", "-e", "/well"], interval: 1s, retries: 30 }
`;

test("health that flaps fails the deploy while it waits for others, and stability after it", async () => {
  const port = 25_514;
  const steps = "      - stability: { target: stack, for: 6s, every: 1s }\n";
  await using shop = openFaultShop({ name: "w2flap", port, steps });
  shop.tag("v1", stack(web(port)));
  shop.tag("v2", stack(web(port), moody(2), slow));
  shop.tag("v3", stack(web(port), moody(4)));
  expect((await shop.deploy("v1")).exit).toBe(0);

  const early = await shop.deploy("v2");

  expect(early.exit, early.out).toBe(ROLLED_BACK);
  expect(early.out).toMatch(/moody: its health check fails[^\n]*: the queue is gone/);
  await isBack(shop, 2);

  const late = await shop.deploy("v3");

  expect(late.exit, late.out).toBe(ROLLED_BACK);
  expect(late.out).toMatch(/moody[^\n]* \(?[^\n]*the queue is gone/);
  await isBack(shop, 3);
});

test("a service that answers with another version is not believed to be the release", async () => {
  const port = 25_515;
  await using shop = openFaultShop({ name: "w2old", port });
  shop.tag("v1", stack(web(port)));
  shop.tag(
    "v2",
    stack(web(port).replace('\\"${RELEASE}', '\\"v1').replace("mkdir", "RELEASE=${RELEASE} mkdir")),
  );
  expect((await shop.deploy("v1")).exit).toBe(0);

  const said = await shop.deploy("v2");

  expect(said.exit, said.out).toBe(ROLLED_BACK);
  expect(said.out).toContain('v2 was brought up, and "v1" answers.');
  expect(said.out).toMatch(/fix: .*ready\.version/);
  await isBack(shop, 2);
});

test.each([
  ["v2", "prots: [1]", /Compose refuses compose.yaml:10: .*services\.web .*prots/],
  ["v1", "prots: [1]", /Compose refuses compose.yaml:10: .*services\.web: 'prots'/],
  ["v2", "\tports: [1]", /Compose refuses compose.yaml:10: yaml: /],
  ["v1", "\tports: [1]", /Compose refuses compose.yaml:10: .*line 10, column/],
] as const)(
  "compose %s refuses a file with %j: its words, our place, nothing touched",
  async (compose, text, words) => {
    const port = 25_516;
    await using shop = openFaultShop({ name: `w2file${compose}`, port, compose });
    shop.tag("v1", stack(web(port, `    ${text}\n`)));

    const said = await shop.deploy("v1");

    expect(said.exit, said.out).not.toBe(0);
    expect(said.out.replaceAll(/\s+/g, " ")).toMatch(words);
    expect(said.out).not.toContain("checkouts/");
    expect(shop.standing()).toEqual([]);
  },
);

test.each([
  ["v2", 25_517],
  ["v1", 25_518],
] as const)("compose %s: a secret with anything in it arrives as it is", async (compose, port) => {
  const odd = 'p$a${b}$$\'s "q" `w` 100% \\n\n2nd line';
  const target = `    ready: { get: /version.json, port: ${port} }\n    secrets: [ODD]\n`;
  const more = "secrets: { ODD: { about: Anything } }\n";
  const name = `w2odd${compose}`;
  await using shop = openFaultShop({ name, port, compose, target, more });
  shop.tag("v1", stack(web(port, '    environment: { ODD: "${ODD}", LONGER: "a-${ODD}-z" }\n')));

  const said = await shop.deploy("v1", { ODD: odd });

  expect(said.exit, said.out + said.err).toBe(0);
  const filter = `label=com.docker.compose.project=${name}`;
  const [id = ""] = docker("ps", "-q", "--filter", filter).split("\n");
  expect(inside(id, "ODD")).toBe(odd);
  expect(inside(id, "LONGER")).toBe(`a-${odd}-z`);
  const state = path.join(shop.folder, ".seaworthy");
  const found = spawnSync("grep", ["-rlF", "2nd line", state], { encoding: "utf8" });
  expect([found.stdout, said.out.includes("2nd line")]).toEqual(["", false]);
});

function docker(...argv: string[]): string {
  return execFileSync("docker", argv, { encoding: "utf8" });
}

function inside(id: string, variable: string): string {
  return docker("exec", id, "sh", "-c", `printf %s "$${variable}"`);
}
