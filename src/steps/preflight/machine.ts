import { randomUUID } from "node:crypto";
import { rm, statfs, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { freemem } from "node:os";
import { join } from "node:path";
import { showSize } from "../../lib/size.ts";
import { inProject } from "../places.ts";
import { judgeDisk, judgeMemory, judgeTakenPort, portName } from "./judge.ts";
import { bad, good, type CheckOf, type PreflightWork, type Row } from "./row.ts";

/** Free space as an ordinary user would find it. */
export async function disk({ project }: PreflightWork, check: CheckOf<"disk">): Promise<Row> {
  const folder = inProject(project, check.at ?? ".");
  const name = `disk ${showSize(check.disk)}`;
  try {
    const { bavail, bsize } = await statfs(folder);
    const where = ` at ${check.at ?? "the project"}`;
    return judgeDisk(name, { wanted: check.disk, free: bavail * bsize, where });
  } catch (error) {
    return bad(
      name,
      `${folder}: ${codeOf(error)}`,
      "Correct `at`: it must be a folder that is there.",
    );
  }
}

export async function memory(_: PreflightWork, check: CheckOf<"memory">): Promise<Row> {
  return judgeMemory(check, freemem());
}

/** Listens for a moment on every address: whoever listens on any of them is in the way. */
export async function portFree(_: PreflightWork, check: CheckOf<"port_free">): Promise<Row> {
  const port = check.port_free;
  const name = portName(check);
  const refused =
    (await listen(port, "::")) ??
    (await listen(port, "0.0.0.0")) ??
    (await listen(port, "127.0.0.1"));
  if (refused === undefined) return good(name, "free");
  return refused === "EADDRINUSE"
    ? judgeTakenPort(check)
    : bad(name, `can't be tried: ${refused}`, "Choose a port that this user may listen on.");
}

/** Why it can't be listened there; undefined when it can, or when the machine lacks this kind of address. */
async function listen(port: number, host: string): Promise<string | undefined> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port, host }, resolve);
    });
    return undefined;
  } catch (error) {
    const code = codeOf(error);
    return code === "EAFNOSUPPORT" || code === "EADDRNOTAVAIL" ? undefined : code;
  } finally {
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
  }
}

export async function writable(
  { project }: PreflightWork,
  check: CheckOf<"writable">,
): Promise<Row> {
  const name = `${check.writable} writable`;
  const file = join(inProject(project, check.writable), `.seaworthy-${randomUUID()}`);
  try {
    await writeFile(file, "", { flag: "wx" });
    return good(name, "yes");
  } catch (error) {
    return bad(name, `no: ${codeOf(error)}`, `Make the folder, and let this user write into it.`);
  } finally {
    await rm(file, { force: true });
  }
}

/** The system's own word for what went wrong: `ENOENT`. */
export function codeOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string")
    return error.code;
  throw error;
}
