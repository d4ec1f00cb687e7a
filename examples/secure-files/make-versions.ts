import { readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { makeRepository, type Version } from "../make-versions.ts";

const NEXT = "v1.3.0";

/** A candidate for the next release: that release with one thing broken in it. */
function candidate(number: number, about: string): Version {
  const tag = `${NEXT}-rc${number}`;
  const at = `2026-02-0${number + 1}T14:00:00+00:00`;
  return { tag, at, about, layers: [NEXT, tag] };
}

/** The releases in the order in which they were made; each is the application with its overlays from `versions/` on top. */
export const VERSIONS: readonly Version[] = [
  {
    tag: "v1.2.0",
    at: "2026-01-19T10:00:00+00:00",
    about: "Keep files encrypted, stream any part of them",
  },
  candidate(1, "Read one byte less from the disk when a download is resumed"),
  candidate(2, "Show in the page at once that a download pauses"),
  candidate(3, "Shorten the lines of the audit log"),
  candidate(4, "Count downloads as started"),
  candidate(5, "Say the same to everybody who may not come in"),
  candidate(6, "Spare memory: let no more than three downloads run at the same time"),
  candidate(7, "Answer health from what was known at the build"),
  {
    tag: NEXT,
    at: "2026-02-12T09:30:00+00:00",
    about: "List the newest files first without sorting",
  },
];

/** Makes a bare git repository of the application in a fresh folder, one tagged commit per version. */
export function makeVersions(folder: string): Promise<void> {
  return makeRepository(
    {
      folder: dirname(fileURLToPath(import.meta.url)),
      team: { name: "Secure Files", email: "team@secure-files.example" },
      versions: VERSIONS,
      finish: sayVersion,
    },
    folder,
  );
}

/** Each release says of itself what it is: in VERSION, and in the changelog above those before it. */
async function sayVersion(folder: string, { tag, about }: Version): Promise<void> {
  await writeFile(join(folder, "VERSION"), `${tag}\n`);
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
