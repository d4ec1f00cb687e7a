import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { execFileSync } from "node:child_process";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Fault, type Failure } from "../model/failure.ts";
import type { SecretSource } from "../model/plan.ts";
import type { Command, Finished, Shell } from "../ports/shell.ts";
import { openSecrets, type SecretsWorld } from "./secrets.ts";

const MAKE_PIPE = "mkfifo";

let project: string;
let folder: string;
beforeEach(async () => {
  project = await mkdtemp(path.join(os.tmpdir(), "secrets-"));
  folder = path.join(project, ".seaworthy", "secrets");
});
afterEach(() => rm(project, { recursive: true, force: true }));

const source = (
  name: string,
  from: SecretSource["from"],
  more?: Partial<SecretSource>,
): SecretSource => ({
  name,
  about: "",
  minLength: 8,
  from,
  ...more,
});
const byEnvironment = (name: string, more?: Partial<SecretSource>) =>
  source(name, { kind: "environment", variable: name }, more);
const byFile = (file: string) => source("PASS", { kind: "file", path: file });
const byCommand = (...argv: string[]) => source("PASS", { kind: "command", argv });
const generated = (
  form: "hex" | "base64url" | "password" = "hex",
  bytes = 32,
  more?: Partial<SecretSource>,
) => source("TOKEN", { kind: "generate", form, bytes, variable: "TOKEN" }, more);

const NO_SHELL: Pick<Shell, "look"> = {
  look: () => Promise.reject(new Error("no command was expected")),
};

function shellThat(stdout: string, ended: Finished["ended"] = { how: "exit", code: 0 }) {
  const asked: Command[] = [];
  const look: Shell["look"] = (command) => {
    asked.push(command);
    return Promise.resolve({ ended, stdout, tail: stdout, durationMs: 1 });
  };
  return { shell: { look }, asked };
}

const open = (sources: readonly SecretSource[], world?: Partial<SecretsWorld>) =>
  openSecrets({ folder, project, environment: {}, shell: NO_SHELL, ...world }).open(
    Object.fromEntries(sources.map((each) => [each.name, each])),
  );

async function failure(opening: Promise<unknown>): Promise<Failure> {
  const thrown = await opening.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof Fault)) throw new Error("expected a Fault", { cause: thrown });
  return thrown.failure;
}

const modeOf = async (file: string) => ((await lstat(file)).mode & 0o777).toString(8);

describe("a secret from the environment", () => {
  it("is given only to those who name it", async () => {
    const values = await open([byEnvironment("A"), byEnvironment("B")], {
      environment: { A: "value of a", B: "value of b" },
    });
    expect(values.pick(["B"])).toEqual({ B: "value of b" });
    expect(values.all()).toEqual(["value of a", "value of b"]);
    expect(values.facts()).toEqual([
      { name: "A", length: 10, from: "environment A" },
      { name: "B", length: 10, from: "environment B" },
    ]);
    expect(() => values.pick(["C"])).toThrow(/No secret C is declared/);
  });

  it("does not show when its holder is printed", async () => {
    const values = await open([byEnvironment("A")], { environment: { A: "value of a" } });
    expect(JSON.stringify(values)).not.toContain("value of a");
  });

  it("is missing when unset or blank, and all missing ones are named at once with what to do", async () => {
    const said = await failure(
      open(
        [
          byEnvironment("A", { about: "Password of the smoke user" }),
          byEnvironment("B"),
          byFile("no/such"),
        ],
        { environment: { B: "  " } },
      ),
    );
    expect(said.code).toBe("secret-missing");
    expect(said.what).toBe("Secrets A, B, PASS are missing.");
    expect(said.fix.split("\n")).toEqual([
      "A (Password of the smoke user): Set A in the environment.",
      "B: Set B in the environment.",
      `PASS: Write it to ${project}/no/such and run: chmod 600 ${project}/no/such`,
    ]);
  });

  it("is refused when too short, by lengths and never by value", async () => {
    const said = await failure(
      open([byEnvironment("A"), byEnvironment("B", { minLength: 20 })], {
        environment: { A: "seven77", B: "not quite enough" },
      }),
    );
    expect(said.code).toBe("secret-too-short");
    expect(said.what).toBe(
      "Secret A has 7 characters, the least is 8 (environment A). Secret B has 16 characters, the least is 20 (environment B).",
    );
    expect(JSON.stringify(said)).not.toMatch(/seven77|not quite/);
  });
});

const put = async (text: string | Uint8Array, mode = 0o600) => {
  await writeFile(path.join(project, "pass"), text);
  await chmod(path.join(project, "pass"), mode);
};

describe("a secret from a file", () => {
  it.each([
    ["correct horse\n", "correct horse"],
    ["correct horse\r\n", "correct horse"],
    ["two\nlines of it\n\n", "two\nlines of it\n"],
    ["x".repeat(65_536), "x".repeat(65_536)],
  ])("is its text without the last line end", async (text, value) => {
    await put(text);
    const values = await open([byFile("pass")]);
    expect(values.pick(["PASS"])).toEqual({ PASS: value });
    expect(values.facts()[0]?.from).toBe("file pass");
  });

  it("may be read by a group, and lie elsewhere when its whole path is given", async () => {
    await put("correct horse", 0o640);
    const elsewhere = path.join(project, "elsewhere");
    const values = await open([byFile(path.join(project, "pass"))], { project: elsewhere });
    expect(values.all()).toEqual(["correct horse"]);
    expect((await failure(open([byFile("../pass")], { project: elsewhere }))).code).toBe(
      "secret-unusable",
    );
  });

  it.each([0o644, 0o604, 0o602, 0o601])(
    "is refused when everybody may open it (mode %i)",
    async (mode) => {
      await put("correct horse", mode);
      const said = await failure(open([byFile("pass")]));
      expect(said.code).toBe("secret-unsafe");
      expect(said.fix).toContain(`chmod 600 ${project}/pass`);
    },
  );

  it("is refused behind a symbolic link, as a folder, and as a pipe that nobody writes to", async () => {
    await put("correct horse");
    await symlink("pass", path.join(project, "link"));
    expect((await failure(open([byFile("link")]))).what).toContain("symbolic link");
    await mkdir(path.join(project, "folder"), { mode: 0o700 });
    expect((await failure(open([byFile("folder")]))).code).toBe("secret-unsafe");
    execFileSync(MAKE_PIPE, ["-m", "600", path.join(project, "pipe")]);
    expect((await failure(open([byFile("pipe")]))).code).toBe("secret-unsafe");
  });

  it.each([
    ["too long", "x".repeat(65_537)],
    ["no UTF-8", Uint8Array.of(0x61, 0xff, 0xfe, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61)],
    ["a zero byte", "correct\0horse"],
  ])("is refused when it holds %s", async (_, text) => {
    await put(text);
    const said = await failure(open([byFile("pass")]));
    expect(said.code).toBe("secret-unusable");
    expect(said.what).not.toContain("horse");
  });

  it("is missing when the file is empty", async () => {
    await put("\n");
    expect((await failure(open([byFile("pass")]))).code).toBe("secret-missing");
  });
});

describe("a secret from a command", () => {
  it("is what it prints, without the last line end", async () => {
    const { shell, asked } = shellThat("correct horse\n");
    const values = await open([byCommand("vault", "read", "smoke")], {
      shell,
      environment: { VAULT_ADDR: "here", GONE: undefined },
    });
    expect(values.all()).toEqual(["correct horse"]);
    expect(values.facts()[0]?.from).toBe("command vault read smoke");
    expect(asked).toEqual([
      { argv: ["vault", "read", "smoke"], cwd: project, env: { VAULT_ADDR: "here" } },
    ]);
  });

  it.each([
    [{ how: "exit", code: 2 }, "ended with exit 2"],
    [{ how: "signal", signal: "SIGKILL" }, "was ended by SIGKILL"],
    [{ how: "not-started", why: "no such program" }, "could not be started: no such program"],
    [{ how: "out-of-time" }, "did not end in time"],
  ] as const)("is not taken from one that did not end well", async (ended, words) => {
    const { shell } = shellThat("half a sec", ended);
    const said = await failure(open([byCommand("vault", "read")], { shell }));
    expect(said.code).toBe("secret-command-failed");
    expect(said.what).toContain(words);
    expect(JSON.stringify(said)).not.toContain("half a sec");
  });

  it("is missing when it prints nothing, and refused when it is not text or endless", async () => {
    expect((await failure(open([byCommand("a")], { shell: shellThat("\n").shell }))).code).toBe(
      "secret-missing",
    );
    expect(
      (await failure(open([byCommand("a")], { shell: shellThat("abcd\ufffdefgh").shell }))).code,
    ).toBe("secret-unusable");
    expect(
      (await failure(open([byCommand("a")], { shell: shellThat("x".repeat(65_537)).shell }))).code,
    ).toBe("secret-unusable");
  });
});

describe("a made secret", () => {
  it.each([
    ["hex", 32, /^[0-9a-f]{64}$/],
    ["base64url", 32, /^[\w-]{43}$/],
    ["password", 16, /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[-_.~])[\w.~-]{22}$/],
    ["password", 1, /^[\w.~-]{12}$/],
  ] as const)("has the form %s of %i bytes", async (form, bytes, looks) => {
    const values = await open([generated(form, bytes)]);
    expect(values.pick(["TOKEN"])["TOKEN"]).toMatch(looks);
  });

  it("is made once, kept for its owner alone, and used again", async () => {
    const first = await open([generated()]);
    const again = await open([generated()]);
    expect(again.all()).toEqual(first.all());
    expect(first.facts()).toEqual([
      { name: "TOKEN", length: 64, from: "made and kept in .seaworthy/secrets/TOKEN" },
    ]);
    expect([await modeOf(folder), await modeOf(path.join(folder, "TOKEN"))]).toEqual([
      "700",
      "600",
    ]);
    expect(await readdir(folder)).toEqual(["TOKEN"]);
  });

  it("is another one in another project", async () => {
    const here = await open([generated()]);
    const there = await open([generated()], { folder: path.join(project, "there") });
    expect(here.all()).not.toEqual(there.all());
  });

  it("gives way to a given one, and nothing is kept", async () => {
    const values = await open([generated()], { environment: { TOKEN: "given value" } });
    expect(values.all()).toEqual(["given value"]);
    expect(values.facts()[0]?.from).toBe("environment TOKEN");
    await expect(lstat(folder)).rejects.toThrow("ENOENT");
  });

  it("is not made while another secret is missing", async () => {
    expect((await failure(open([generated(), byEnvironment("A")]))).what).toBe(
      "Secret A is missing.",
    );
    await expect(lstat(folder)).rejects.toThrow("ENOENT");
  });

  it("is one and the same for all who make it at the same time", async () => {
    const racers = await Promise.all(Array.from({ length: 32 }, () => open([generated()])));
    const values = new Set(racers.flatMap((racer) => racer.all()));
    expect([...values]).toEqual([await readFile(path.join(folder, "TOKEN"), "utf8")]);
    expect(await readdir(folder)).toEqual(["TOKEN"]);
  });

  it("is whole in spite of a half left by one that died", async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(path.join(folder, "TOKEN.0123456789ab.tmp"), "hal", { mode: 0o600 });
    await writeFile(path.join(folder, "TOKENS.0123456789ab.tmp"), "of another", { mode: 0o600 });
    const values = await open([generated()]);
    expect(values.all()[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(await readdir(folder)).toEqual(["TOKEN", "TOKENS.0123456789ab.tmp"]);
  });

  it("loses the second name of one that died right after it appeared", async () => {
    const first = await open([generated()]);
    await writeFile(path.join(folder, "TOKEN.0123456789ab.tmp"), first.all()[0] ?? "", {
      mode: 0o600,
    });
    expect((await open([generated()])).all()).toEqual(first.all());
    expect(await readdir(folder)).toEqual(["TOKEN"]);
  });

  it("is refused, not kept, when it would be too short", async () => {
    expect((await failure(open([generated("hex", 3)]))).code).toBe("secret-too-short");
    await expect(lstat(folder)).rejects.toThrow("ENOENT");
  });

  it("is not taken from a file that was emptied, opened to all, or turned into a link", async () => {
    await open([generated()]);
    const file = path.join(folder, "TOKEN");
    await chmod(file, 0o644);
    expect((await failure(open([generated()]))).code).toBe("secret-unsafe");
    await chmod(file, 0o600);
    await writeFile(file, "");
    expect((await failure(open([generated()]))).code).toBe("secret-too-short");
    await rm(file);
    await symlink("/etc/hostname", file);
    expect((await failure(open([generated()]))).code).toBe("secret-unsafe");
  });

  it("is refused from a folder that others may open, or that is a link", async () => {
    await open([generated()]);
    await chmod(folder, 0o750);
    expect((await failure(open([generated()]))).fix).toBe(`Run: chmod 700 ${folder}`);
    const link = path.join(project, "link");
    await symlink(folder, link);
    expect((await failure(open([generated()], { folder: link }))).code).toBe("secret-unsafe");
  });

  it("says so when it can't be kept", async () => {
    await writeFile(path.join(project, ".seaworthy"), "in the way");
    const said = await failure(open([generated()]));
    expect(said.code).toBe("secret-unusable");
    expect(said.what).toContain("ENOTDIR");
  });
});
