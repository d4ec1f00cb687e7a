import { mkdir, readFile, writeFile } from "node:fs/promises";
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
      finish: addLibrary,
    },
    folder,
  );
}

async function addLibrary(folder: string): Promise<void> {
  const library = await findPdfLib();
  await mkdir(join(folder, "vendor"), { recursive: true });
  await writeFile(join(folder, "vendor/pdf-lib.js"), await readFile(library.code));
  await writeFile(join(folder, "vendor/pdf-lib.LICENSE.md"), await readFile(library.license));
}

/** pdf-lib as one file, so that a release needs no installing. */
async function findPdfLib(): Promise<{ readonly code: string; readonly license: string }> {
  let folder = dirname(fileURLToPath(import.meta.resolve("pdf-lib")));
  while (!(await exists(join(folder, "LICENSE.md"))) && folder !== dirname(folder))
    folder = dirname(folder);
  return { code: join(folder, "dist/pdf-lib.esm.min.js"), license: join(folder, "LICENSE.md") };
}

if (import.meta.main) {
  const folder = resolve(process.argv[2] ?? "app.git");
  await makeVersions(folder);
  process.stdout.write(`${folder} holds ${VERSIONS.map(({ tag }) => tag).join(", ")}.\n`);
}
