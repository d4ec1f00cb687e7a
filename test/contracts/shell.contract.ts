import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { createHash, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { textIn, until } from "../rig/keeper-place.ts";
import type { Command, FileEnd, Limits, Shell } from "../../src/ports/shell.ts";

/** A Shell to be held to the port, opened with `SECRET` as its only secret. */
export interface ShellUnderTest {
  readonly shell: Shell;
  /** A second client of the same place, as another process would open it. */
  readonly other: Shell;
  /** An empty absolute folder where the commands run. */
  readonly folder: string;
  /** Names of the environment that its commands have without asking for it: `PATH` and `GIVEN` where we are its only source. */
  readonly surroundings?: readonly string[];
  /** Whether a process of that number runs where its commands do: this machine, unless told. */
  readonly runs?: (pid: number) => Promise<boolean>;
  /** How many times longer than here a command takes to begin: 1 unless told. */
  readonly slowness?: number;
}

export const SECRET = "correct-horse-battery-staple";

const LIMITS = { timeoutMs: 60_000 };

type Limited = Partial<Limits>;

/** Holds a Shell to the promises of its port. `get` is asked inside of each test. */
export function keepsTheShellContract(get: () => ShellUnderTest): void {
  let count = 0;
  const freshKey = () => `7/contract/do/${++count}`;
  const run = (
    command: Command,
    more: Partial<Parameters<Shell["run"]>[2]> = {},
    key = freshKey(),
  ) => get().shell.run(key, command, { ...LIMITS, ...more });
  const look = (command: Command, more: Partial<Parameters<Shell["look"]>[1]> = {}) =>
    get().shell.look(command, { ...LIMITS, ...more });
  const file = (name: string) => path.join(get().folder, name);
  const output = (name: string, keepBytes = 1_000_000) => ({ path: file(name), name, keepBytes });

  describe.each([
    ["look", (command: Command, more?: Limited) => look(command, more)],
    ["run", (command: Command, more?: Limited) => run(command, more)],
  ] as const)("%s", (_, start) => {
    test.each([0, 1, 42, 255])("hands back exit code %i", async (code) => {
      expect((await start(sh(`exit ${code}`))).ended).toEqual({ how: "exit", code });
    });

    test("names the signal that ended a command", async () => {
      expect((await start(sh("kill -SEGV $$"))).ended).toEqual({
        how: "signal",
        signal: "SIGSEGV",
      });
    });

    test("says that there is no such program", async () => {
      expect((await start({ argv: ["no-such-program-here"] })).ended).toEqual({
        how: "not-started",
        why: expect.stringContaining("no-such-program-here"),
      });
    });

    test("says that there is no such folder", async () => {
      expect((await start({ argv: ["true"], cwd: "/no/such/folder" })).ended).toEqual({
        how: "not-started",
        why: expect.stringContaining("/no/such/folder"),
      });
    });

    test("refuses a zero byte in an argument instead of cutting it", async () => {
      expect((await start({ argv: ["printf", "a\0b"] })).ended.how).toBe("not-started");
    });

    test("ends the grandchildren too when the time is up", async () => {
      const pidFile = file(`grandchild-${++count}`);
      const done = await start(sh(`sleep 300 & echo $! > ${pidFile}; wait`), {
        timeoutMs: soon(get(), 400),
      });
      expect(done.ended).toEqual({ how: "out-of-time" });
      expect(await isAlive(pidFile, get())).toBe(false);
    });

    test("ends a command that is cancelled", async () => {
      const cancel = new AbortController();
      const pidFile = file(`cancelled-${++count}`);
      const done = start(sh(`echo $$ > ${pidFile}; echo ready; exec sleep 300`), {
        signal: cancel.signal,
      });
      await until(async () => (await textIn(pidFile)).endsWith("\n"));
      cancel.abort();
      expect((await done).ended).toEqual({ how: "cancelled" });
      expect(await isAlive(pidFile, get())).toBe(false);
    });

    test("does not start what was cancelled before", async () => {
      const mark = file(`never-${++count}`);
      const done = await start(sh(`touch ${mark}`), { signal: AbortSignal.abort() });
      expect(done.ended).toEqual({ how: "cancelled" });
      await expect(readFile(mark)).rejects.toThrow("ENOENT");
    });

    test("gives a command nothing but the listed environment and its own", async () => {
      const { tail } = await start({ argv: ["env"], env: { MINE: "a b=c" } });
      const names = tail
        .trim()
        .split("\n")
        .map((line) => line.split("=")[0]);
      expect(new Set(names)).toEqual(
        new Set([...(get().surroundings ?? ["GIVEN", "PATH"]), "MINE"]),
      );
      expect(tail).toContain("MINE=a b=c");
    });

    test("runs where it is told", async () => {
      expect((await start({ argv: ["pwd"], cwd: "/usr" })).tail).toBe("/usr\n");
    });

    test("writes stdin and closes it", async () => {
      const text = `${"line äöü\n".repeat(30_000)}end`;
      const { tail } = await start({ argv: ["sha256sum"], stdin: text });
      expect(tail).toBe(`${createHash("sha256").update(text).digest("hex")}  -\n`);
    });

    test("goes on when a command does not read its stdin", async () => {
      const done = await start({ argv: ["true"], stdin: "x".repeat(1_000_000) });
      expect(done.ended).toEqual({ how: "exit", code: 0 });
    });

    test("closes the stdin of a command that gets none", async () => {
      expect(await start({ argv: ["cat"] })).toMatchObject({
        ended: { how: "exit", code: 0 },
        tail: "",
      });
    });

    test("passes every argument as it is", async () => {
      const args = [
        "",
        " ",
        "a b",
        `"'`,
        "$HOME `id` $(id)",
        "new\nline",
        "*",
        "\\",
        "-n",
        "ä€😀",
        ";",
        "\t",
      ];
      const { tail } = await start({
        argv: ["node", "-e", "console.log(JSON.stringify(process.argv.slice(1)))", "--", ...args],
      });
      expect(JSON.parse(tail)).toEqual(args);
    });

    test("masks a secret that is written in two halves", async () => {
      const [one, two] = [SECRET.slice(0, 9), SECRET.slice(9)];
      const { tail } = await start(
        sh(`printf 'before %s' "${one}"; sleep 0.1; printf '%s after' "${two}"`),
      );
      expect(tail).toBe("before *** after");
    });

    test("keeps the last 64 KiB of a long output", async () => {
      const { tail } = await start(sh("seq 1 100000"));
      expect(tail.length).toBeLessThanOrEqual(64 * 1024);
      expect(tail.endsWith("99999\n100000\n")).toBe(true);
    });
  });

  describe("look", () => {
    test("keeps stdout and stderr apart, and both in the tail", async () => {
      const { stdout, tail } = await look(sh("echo out; sleep 0.1; echo err >&2"));
      expect({ stdout, tail }).toEqual({ stdout: "out\n", tail: "out\nerr\n" });
    });

    test("says how much of stdout it did not keep", async () => {
      const { stdout, tail } = await look(sh("printf 0123456789"), { maxBytes: 4 });
      expect(stdout).toBe("0123");
      expect(tail).toContain("truncated: 6 more bytes");
    });

    test("masks stdout", async () => {
      expect((await look({ argv: ["echo", SECRET] })).stdout).toBe("***\n");
    });

    test("lets everything that is said be heard as it comes, masked", async () => {
      const heard: string[] = [];
      await look(sh(`echo out; sleep 0.1; echo ${SECRET} >&2`), {
        hear: (bytes) => heard.push(Buffer.from(bytes).toString()),
      });
      expect(heard.length).toBeGreaterThan(1);
      expect(heard.join("")).toBe("out\n***\n");
    });
  });

  describe("run", () => {
    test("keeps stdout and stderr in the order they were written", async () => {
      const words = Array.from({ length: 200 }, (_, i) => `echo ${i}; echo e${i} >&2`).join("\n");
      const expected = Array.from({ length: 200 }, (_, i) => `${i}\ne${i}\n`).join("");
      expect((await run({ argv: ["sh", "-s"], stdin: words })).tail).toBe(expected);
    });

    test("gives commands streams that they can open again", async () => {
      const { tail } = await run({
        argv: ["sh", "-c", "cat /dev/stdin; echo two > /dev/stderr; echo three > /dev/stdout"],
        stdin: "one\n",
      });
      expect(tail).toBe("one\ntwo\nthree\n");
    });

    test("starts a key once, and gives its outcome again", async () => {
      const key = freshKey();
      const counter = file("once");
      const command = sh(`echo x >> ${counter}; echo said; exit 3`);
      const first = await run(command, {}, key);
      expect(await run(command, {}, key)).toEqual(first);
      expect(await get().other.run(key, command, LIMITS)).toEqual(first);
      expect(first.ended).toEqual({ how: "exit", code: 3 });
      expect(await readFile(counter, "utf8")).toBe("x\n");
    });

    test("lets a second client attach to what runs", async () => {
      const key = freshKey();
      const [counter, gate] = [file("attach"), file("gate")];
      const command = sh(
        `echo x >> ${counter}; until [ -e ${gate} ]; do sleep 0.02; done; echo said`,
      );
      const first = run(command, {}, key);
      await until(async () => (await textIn(counter)) !== "");
      expect(await get().other.receipt(key)).toEqual({ state: "running" });
      const second = get().other.run(key, command, LIMITS);
      await look({ argv: ["touch", gate] });
      expect(await second).toEqual(await first);
      expect((await first).tail).toBe("said\n");
      expect(await readFile(counter, "utf8")).toBe("x\n");
    });

    test("starts once when two clients start the same key at the same moment", async () => {
      const counter = file("same-moment");
      for (let round = 0; round < 10; round++) {
        const key = freshKey();
        const command = sh(`echo ${round} >> ${counter}`);
        await Promise.all([run(command, {}, key), get().other.run(key, command, LIMITS)]);
      }
      expect(await readFile(counter, "utf8")).toBe("0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n");
    });

    test("tells keys apart that look alike as file names", async () => {
      const tails = [];
      for (const key of [
        "k/a",
        "k_a",
        "K/a",
        "k/a/..",
        "..",
        "k".repeat(300),
        `${"k".repeat(300)}2`,
      ])
        tails.push((await run({ argv: ["echo", key] }, {}, key)).tail.trim().length);
      expect(tails).toEqual([3, 3, 3, 6, 2, 300, 301]);
    });

    test("knows nothing of a key that was never started", async () => {
      expect(await get().shell.receipt("7/never/do/1")).toEqual({ state: "never started" });
    });

    test("keeps a receipt of what ended", async () => {
      const key = freshKey();
      const finished = await run(sh("echo said"), {}, key);
      expect(await get().other.receipt(key)).toEqual({ state: "ended", finished });
    });

    test("writes the output into a file with its digest", async () => {
      const { output: kept } = await run(sh("echo out; echo err >&2"), { output: output("a.log") });
      const bytes = await readFile(file("a.log"));
      expect(bytes.toString()).toBe("out\nerr\n");
      expect(kept).toEqual({
        name: "a.log",
        bytes: 8,
        sha256: createHash("sha256").update(bytes).digest("hex"),
      });
    });

    test("keeps binary output bit by bit", async () => {
      const all =
        "node -e 'process.stdout.write(Buffer.from(Array.from({length: 65536}, (_, i) => (i * 7) % 256)))'";
      await run(sh(all), { output: output("binary") });
      expect([...(await readFile(file("binary")))]).toEqual(
        Array.from({ length: 65536 }, (_, i) => (i * 7) % 256),
      );
    });

    test("keeps head and tail of a long output and counts the middle", async () => {
      const { output: kept } = await run(sh("seq 1 100000"), { output: output("long.log", 1000) });
      const text = await readFile(file("long.log"), "utf8");
      const [head, tail] = text.split(/\n\[seaworthy: \d+ bytes left out here\]\n/);
      expect(head!.length + tail!.length).toBe(1000);
      expect(head!.startsWith("1\n2\n3\n")).toBe(true);
      expect(tail!.endsWith("99999\n100000\n")).toBe(true);
      expect(kept!.droppedBytes).toBe(588_895 - 1000);
      expect(text).toContain(`${588_895 - 1000} bytes left out`);
      expect(kept).toMatchObject({
        bytes: Buffer.byteLength(text),
        sha256: createHash("sha256").update(text).digest("hex"),
      });
    });

    test("never overwrites an output file", async () => {
      await run(sh("echo one"), { output: output("taken.log") });
      const second = await run(sh("echo two"), { output: output("taken.log") });
      expect(second.ended.how).toBe("not-started");
      expect(await readFile(file("taken.log"), "utf8")).toBe("one\n");
    });

    test("stores no secret in the output file", async () => {
      const [one, two] = [SECRET.slice(0, 3), SECRET.slice(3)];
      await run(
        sh(`printf %s "${one}"; sleep 0.1; printf %s "${two}"; echo; printf %s "$S"`).with({
          S: SECRET,
        }),
        { output: output("masked.log") },
      );
      expect(await readFile(file("masked.log"), "utf8")).toBe("***\n***");
    });
  });
}

/** Holds a Shell to what its `stream` promises. */
export function keepsTheStreamContract(get: () => ShellUnderTest): void {
  let count = 0;
  const fresh = () => path.join(get().folder, `stream-${++count}`);
  const stream = (from: Command | FileEnd, to: Command | FileEnd, more: Limited = {}) =>
    get().shell.stream(from, to, { ...LIMITS, ...more });

  test("lets every byte through unmasked, counted and summed", async () => {
    const file = fresh();
    const bytes = Buffer.concat([randomBytes(3_000_001), Buffer.from(SECRET), randomBytes(70_000)]);
    await writeFile(file, bytes);
    const copy = fresh();
    const whole = { bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };

    expect(await stream({ argv: ["cat", file] }, { file: copy })).toMatchObject({
      ...whole,
      from: { ended: { how: "exit", code: 0 }, tail: "" },
    });
    expect((await readFile(copy)).equals(bytes)).toBe(true);
    expect((await stat(copy)).mode & 0o777).toBe(0o600);
    const summed = await stream({ file: copy }, { argv: ["sha256sum"] });
    expect(summed).toMatchObject({ ...whole, to: { tail: `${whole.sha256}  -\n` } });
    expect(summed.from).toBeUndefined();
    expect(await stream({ argv: ["cat", copy] }, sh(`cat > ${file}`))).toMatchObject(whole);
    expect((await readFile(file)).equals(bytes)).toBe(true);
  });

  test("keeps what both commands say, masked, and never what flows", async () => {
    const { from, to } = await stream(
      sh(`echo flows; echo "near ${SECRET}" >&2; seq 1 100000 >&2`),
      sh(`cat >/dev/null; echo "far ${SECRET}"; echo too >&2`),
    );
    // A host's own words take a line of it.
    expect(from!.tail.length).toBeGreaterThan(64 * 1024 - 100);
    expect(from!.tail.length).toBeLessThanOrEqual(64 * 1024);
    expect(from!.tail).toMatch(/\n100000\n$/);
    expect(to!.tail).toBe("far ***\ntoo\n");
  });

  test.each([
    ["fails", "printf half; exit 3", { how: "exit", code: 3 }],
    ["is killed", "printf half; kill -9 $$", { how: "signal", signal: "SIGKILL" }],
  ])("leaves no file when the near command %s", async (_, script, ended) => {
    const file = fresh();
    expect((await stream(sh(script), { file })).from).toMatchObject({ ended });
    expect(await there(file)).toEqual([]);
  });

  test("does not let the far command take a half for the whole", async () => {
    const file = fresh();
    const { from, to } = await stream(
      sh("printf half; sleep 0.1; exit 3"),
      sh(`cat >/dev/null && touch ${file}`),
    );
    expect(from!.ended).toEqual({ how: "exit", code: 3 });
    expect(to!.ended).toEqual({ how: "cancelled" });
    expect(await there(file)).toEqual([]);
  });

  test("ends when the far command has enough", async () => {
    const { from, to, bytes } = await stream({ argv: ["yes"] }, { argv: ["head", "-c", "3"] });
    expect(to).toMatchObject({ ended: { how: "exit", code: 0 }, tail: "y\ny" });
    expect(from!.ended).not.toEqual({ how: "exit", code: 0 });
    expect(bytes).toBeLessThan(10_000_000);
  });

  test("hands back how the far command failed, whatever became of the near one", async () => {
    const { to } = await stream({ argv: ["yes"] }, sh("echo no room >&2; exit 7"));
    expect(to).toMatchObject({ ended: { how: "exit", code: 7 }, tail: "no room\n" });
  });

  test.each(["near", "far"])("says that the %s command can't be started", async (which) => {
    const mark = fresh();
    const none: Command = { argv: ["no-such-program-here"] };
    const other = sh(`cat; touch ${mark}`);
    const { from, to } = which === "near" ? await stream(none, other) : await stream(other, none);
    expect((which === "near" ? from : to)!.ended).toMatchObject({ how: "not-started" });
    // What is far away may have nothing more to say when it is heard that there is nobody to hear it.
    if (which === "near" || !get().runs)
      expect((which === "near" ? to : from)!.ended).not.toEqual({ how: "exit", code: 0 });
  });

  test("is held up by a slow end without filling memory", async () => {
    const before = process.memoryUsage().rss;
    const { bytes } = await stream(
      { argv: ["head", "-c", "300000000", "/dev/zero"] },
      sh("sleep 1; cat >/dev/null"),
    );
    expect(bytes).toBe(300_000_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
  });

  test("ends both commands, their children and the file when the time is up", async () => {
    const [near, far, file] = [fresh(), fresh(), fresh()];
    const waits = "sleep 300 & echo $! > $PID; wait";
    const [one, two] = [near, far].map((PID) => sh(waits).with({ PID }));
    const both = await stream(one!, two!, { timeoutMs: soon(get(), 500) });
    expect(both.from!.ended).toEqual({ how: "out-of-time" });
    expect(both.to!.ended).toEqual({ how: "out-of-time" });
    expect([await isAlive(near, get()), await isAlive(far, get())]).toEqual([false, false]);
    const alone = await stream({ argv: ["yes"] }, { file }, { timeoutMs: soon(get(), 200) });
    expect(alone.from!.ended).toEqual({ how: "out-of-time" });
    expect(await there(file)).toEqual([]);
  });

  test("ends a far command that holds up the end", async () => {
    const { from, to } = await stream(sh("echo all"), sh("cat; sleep 300"), {
      timeoutMs: soon(get(), 500),
    });
    expect(from!.ended).toEqual({ how: "exit", code: 0 });
    expect(to).toMatchObject({ ended: { how: "out-of-time" }, tail: "all\n" });
  });

  test("ends when it is cancelled, and does not begin when it was before", async () => {
    const [file, mark] = [fresh(), fresh()];
    const cancel = new AbortController();
    const done = stream(sh(`touch ${mark}; exec yes`), { file }, { signal: cancel.signal });
    await until(async () => (await there(mark)).length > 0);
    cancel.abort();
    expect((await done).from!.ended).toEqual({ how: "cancelled" });
    const never = await stream(sh(`touch ${file}`), { file }, { signal: cancel.signal });
    expect(never).toMatchObject({ from: { ended: { how: "cancelled" } }, bytes: 0 });
    expect(await there(file)).toEqual([]);
    await expect(stream({ file: mark }, { file }, { signal: cancel.signal })).rejects.toMatchObject(
      {
        failure: { code: "stream-broken-off" },
      },
    );
  });

  test("writes over no file, and removes what a crash left of the same one", async () => {
    const file = fresh();
    await writeFile(`${file}.partial`, "left by a crash");
    await stream(sh("echo one"), { file });
    await expect(stream(sh("echo two"), { file })).rejects.toMatchObject({
      failure: { code: "stream-file-there" },
    });
    expect(await readFile(file, "utf8")).toBe("one\n");
    expect(await there(file)).toHaveLength(1);
  });

  test.each([
    ["is not there", "/no/such/file", "stream-unreadable"],
    ["is a folder", "/usr", "stream-unreadable"],
  ])("says that a file to read %s", async (_, file, code) => {
    const mark = fresh();
    const far = sh(`cat >/dev/null && touch ${mark}`);
    await expect(stream({ file }, far)).rejects.toMatchObject({ failure: { code } });
    await expect(stream({ file }, { file: mark })).rejects.toMatchObject({ failure: { code } });
    expect(await there(mark)).toEqual([]);
  });

  test("says that a file can't be written, and starts nothing", async () => {
    const mark = fresh();
    const near = sh(`touch ${mark}`);
    await expect(stream(near, { file: "/no/such/folder/file" })).rejects.toMatchObject({
      failure: { code: "stream-unwritable" },
    });
    expect(await there(mark)).toEqual([]);
  });
}

/** The promises that take seconds to see. */
export function keepsTheSlowShellContract(get: () => ShellUnderTest): void {
  let count = 0;
  describe.each([
    [
      "look",
      (command: Command, more?: Limited) => get().shell.look(command, { ...LIMITS, ...more }),
    ],
    [
      "run",
      (command: Command, more?: Limited) =>
        get().shell.run(`8/slow/do/${++count}`, command, { ...LIMITS, ...more }),
    ],
  ] as const)("%s", (_, start) => {
    test("does not wait for ever for a grandchild that holds the output", async () => {
      const began = performance.now();
      const done = await start(sh("sleep 20 & echo done"));
      expect(done).toMatchObject({ ended: { how: "exit", code: 0 }, tail: "done\n" });
      expect(performance.now() - began).toBeLessThan(soon(get(), 6000));
    });

    test("kills what does not end by itself when asked to", async () => {
      const pidFile = path.join(get().folder, `stubborn-${++count}`);
      const script = `trap '' TERM; (trap '' TERM; while :; do sleep 1; done) & echo $! > ${pidFile}; while :; do sleep 1; done`;
      const began = performance.now();
      const done = await start(sh(script), { timeoutMs: soon(get(), 300) });
      expect(done.ended).toEqual({ how: "out-of-time" });
      expect(performance.now() - began).toBeGreaterThan(5000);
      expect(await isAlive(pidFile, get())).toBe(false);
    });
  });
}

/** The files whose names begin as this one's. */
async function there(file: string): Promise<readonly string[]> {
  const names = await readdir(path.dirname(file));
  return names.filter((name) => name.startsWith(path.basename(file)));
}

function sh(script: string): Command & { with(env: Record<string, string>): Command } {
  const argv = ["sh", "-c", script] as const;
  return { argv, with: (env) => ({ argv, env }) };
}

function soon({ slowness = 1 }: ShellUnderTest, ms: number): number {
  return ms * slowness;
}

async function isAlive(pidFile: string, { runs = runsHere }: ShellUnderTest): Promise<boolean> {
  return runs(Number(await readFile(pidFile, "utf8")));
}

async function runsHere(pid: number): Promise<boolean> {
  const state = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  return state !== "" && !/\) [ZX] /.test(state);
}
