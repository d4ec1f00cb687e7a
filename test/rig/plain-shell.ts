import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { createMask } from "../../src/lib/mask.ts";
import { openLeash } from "../../src/shell/leash.ts";
import { stream } from "../../src/shell/stream.ts";
import type {
  Command,
  FileEnd,
  Finished,
  Limits,
  OutputFile,
  Receipt,
  Shell,
} from "../../src/ports/shell.ts";

/** A Shell that really starts processes and keeps its receipts in memory; nothing is masked, nothing survives. */
export function plainShell(): Shell & { readonly started: Command[] } {
  const receipts = new Map<string, Promise<Finished>>();
  const started: Command[] = [];
  return {
    started,
    async look(command, limits) {
      started.push(command);
      return start(command, limits);
    },
    run(key, command, options) {
      const known = receipts.get(key);
      if (known) return known;
      started.push(command);
      const finished = start(command, options).then((ended) => keep(ended, options.output));
      receipts.set(key, finished);
      return finished;
    },
    stream(from, to, limits) {
      for (const end of [from, to]) if ("argv" in end) started.push(end);
      const world = { mask: createMask([]), leash: openLeash() };
      return stream({ from: launchOf(from), to: launchOf(to) }, limits, world);
    },
    async receipt(key): Promise<Receipt> {
      const known = receipts.get(key);
      return known ? { state: "ended", finished: await known } : { state: "never started" };
    },
  };
}

function launchOf(end: Command | FileEnd) {
  if ("file" in end) return end;
  const { argv, cwd = process.cwd(), stdin } = end;
  return { argv, cwd, stdin, env: environmentOf(end) };
}

function environmentOf({ env }: Command): Record<string, string> {
  const { PATH = "", HOME = "" } = process.env;
  return { PATH, HOME, ...env };
}

function start(
  command: Command,
  { timeoutMs, signal, hear }: Limits & { readonly hear?: (bytes: Uint8Array) => void },
): Promise<Finished & { stdout: string }> {
  const [program, ...args] = command.argv;
  const began = performance.now();
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: command.cwd,
      env: environmentOf(command),
      timeout: timeoutMs,
      signal,
    });
    let stdout = "";
    let tail = "";
    const end = (ended: Finished["ended"]) =>
      resolve({ ended, tail, stdout, durationMs: performance.now() - began });
    child.stdout.on("data", (bytes: Buffer) => {
      stdout += bytes.toString();
      tail += bytes.toString();
      hear?.(bytes);
    });
    child.stderr.on("data", (bytes: Buffer) => {
      tail += bytes.toString();
      hear?.(bytes);
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(command.stdin ?? "");
    child.on("error", (error: NodeJS.ErrnoException) =>
      end(
        error.name === "AbortError"
          ? { how: "cancelled" }
          : { how: "not-started", why: error.code ?? error.message },
      ),
    );
    child.on("close", (code, name) =>
      end(code === null ? { how: "signal", signal: name ?? "" } : { how: "exit", code }),
    );
  });
}

async function keep(finished: Finished, output: OutputFile | undefined): Promise<Finished> {
  if (!output) return finished;
  await writeFile(output.path, finished.tail, { flag: "wx" });
  const sha256 = createHash("sha256").update(finished.tail).digest("hex");
  return {
    ...finished,
    output: { name: output.name, sha256, bytes: Buffer.byteLength(finished.tail) },
  };
}
