import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { makeRepository, type Version } from "../make-versions.ts";

const NEXT = "v1.15.1";

/** A candidate for the next release: that release with one thing broken in it. */
function candidate(number: number, about: string): Version {
  const tag = `${NEXT}-rc${number}`;
  const at = `2026-01-0${number + 1}T14:00:00+00:00`;
  return { tag, at, about, layers: [NEXT, tag] };
}

/** The releases in the order in which they were made; each is the application with its overlays from `versions/` on top. */
export const VERSIONS: readonly Version[] = [
  {
    tag: "v1.15.0",
    at: "2025-12-15T10:00:00+00:00",
    about: "Keep students, courses, enrolments and grades",
  },
  candidate(1, "Sign out faster: the browser forgets, the server needs not"),
  candidate(2, "Answer with fewer words"),
  candidate(3, "Search faster"),
  candidate(4, "Give each student of the list a pseudonym"),
  candidate(5, "Look for a cache at the start"),
  candidate(6, "Leave the first row of the counts out"),
  candidate(7, "Give tables more room"),
  {
    tag: NEXT,
    at: "2026-01-10T09:30:00+00:00",
    about: "List students by name without sorting",
  },
];

/** Makes a bare git repository of the application in a fresh folder, one tagged commit per version. */
export function makeVersions(folder: string): Promise<void> {
  return makeRepository(
    {
      folder: dirname(fileURLToPath(import.meta.url)),
      team: { name: "Student Records", email: "team@student-records.example" },
      versions: VERSIONS,
      finish: sayVersion,
    },
    folder,
  );
}

/** Each release says of itself what it is: in VERSION, in the changelog above those before it, and in its release notes. */
async function sayVersion(folder: string, { tag, about }: Version): Promise<void> {
  await writeFile(join(folder, "VERSION"), `${tag}\n`);
  const notes = join(folder, "docs/releases");
  await mkdir(notes, { recursive: true });
  await writeFile(join(notes, `RELEASE_NOTES_${tag}.md`), `# Release notes ${tag}\n\n${about}.\n`);
  const path = join(folder, "CHANGELOG.md");
  const text = await readFile(path, "utf8");
  if (text.includes(`## ${tag}\n`)) return;
  await writeFile(path, text.replace("# Changelog\n", `# Changelog\n\n## ${tag}\n\n- ${about}.\n`));
}

if (import.meta.main) {
  const folder = resolve(process.argv[2] ?? "app.git");
  await makeVersions(folder);
  process.stdout.write(`${folder} holds ${VERSIONS.map(({ tag }) => tag).join(", ")}.\n`);
}
