import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { exists, makeRepository } from "../make-versions.ts";

/** The releases in the order in which they were made; each is the application with its overlay from `versions/` on top. */
export const VERSIONS = [
  { tag: "v0.9.0", at: "2026-01-12T09:00:00+00:00", about: "Grade copies and draw their PDFs" },
  {
    tag: "v1.0.0-rc1",
    at: "2026-01-26T16:30:00+00:00",
    about: "Draw the PDF after finalizing has answered",
  },
  {
    tag: "v1.0.0-rc2",
    at: "2026-01-28T11:15:00+00:00",
    about: "Give copies a score, and draw the PDF before answering",
  },
] as const;

/** Makes a bare git repository of the application in a fresh folder, one tagged commit per version. */
export function makeVersions(folder: string): Promise<void> {
  return makeRepository(
    {
      folder: dirname(fileURLToPath(import.meta.url)),
      team: { name: "Exam Grading", email: "team@exam-grading.example" },
      versions: VERSIONS,
      finish: addLibraries,
    },
    folder,
  );
}

/** Two libraries go along, so that a release needs no installing: neither where it runs nor where its image is built. */
async function addLibraries(folder: string): Promise<void> {
  const vendor = join(folder, "vendor");
  await mkdir(join(vendor, "postgres"), { recursive: true });
  const pdf = await packageOf("pdf-lib");
  await copyText(join(pdf, "dist/pdf-lib.esm.min.js"), join(vendor, "pdf-lib.js"));
  await copyText(join(pdf, "LICENSE.md"), join(vendor, "pdf-lib.LICENSE.md"));
  const postgres = await packageOf("postgres");
  await cp(join(postgres, "src"), join(vendor, "postgres/src"), { recursive: true });
  // It says under which terms it may go along.
  await copyText(join(postgres, "package.json"), join(vendor, "postgres/package.json"));
}

/** The folder of an installed package. */
async function packageOf(name: string): Promise<string> {
  let folder = dirname(fileURLToPath(import.meta.resolve(name)));
  while (!(await isNamed(folder, name)) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

async function isNamed(folder: string, name: string): Promise<boolean> {
  const file = join(folder, "package.json");
  return (await exists(file)) && JSON.parse(await readFile(file, "utf8")).name === name;
}

async function copyText(from: string, to: string): Promise<void> {
  await writeFile(to, await readFile(from));
}

if (import.meta.main) {
  const folder = resolve(process.argv[2] ?? "app.git");
  await makeVersions(folder);
  process.stdout.write(`${folder} holds ${VERSIONS.map(({ tag }) => tag).join(", ")}.\n`);
}
