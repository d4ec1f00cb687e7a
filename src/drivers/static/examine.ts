import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Examined, Reading } from "../../ports/driver.ts";
import type { Options } from "./options.ts";

/** What can be told of such a target before anything runs: where it is, and how it changes. */
export function examine(options: Options, reading: Reading): Examined {
  const { folder = "", bucket, here } = options;
  const { hosts } = reading;
  if (bucket !== undefined) {
    const where = `${bucket.name}${bucket.prefix === "" ? "" : `/${bucket.prefix}`}`;
    return { diagnostics: [], notes: [`bucket ${where}: ${ORDER}`] };
  }
  const isHere = here || (hosts?.length === 0 && options.hosts === undefined);
  const isRelative = hosts !== undefined && !isHere && !folder.startsWith("/");
  const where = isHere
    ? "this machine"
    : ((options.hosts ?? hosts)?.join(", ") ?? "each of the environment's hosts");
  return {
    diagnostics: [
      ...unknownHosts(options, reading),
      ...(isRelative ? [notAbsolute(folder, reading)] : []),
    ],
    notes: [`${folder}/current changes in one move on ${where}`],
  };
}

const ORDER =
  "files with a hash in their name come first, the document changes last, nothing goes until it is accepted";

function unknownHosts(
  { hosts: wanted = [], rollout }: Options,
  { hosts: known, blame }: Reading,
): readonly Diagnostic[] {
  const named = [...wanted, ...(rollout.first === undefined ? [] : [rollout.first])];
  return named
    .filter((name) => known?.includes(name) === false)
    .map((name) =>
      blame(wanted.includes(name) ? "hosts" : "rollout", {
        code: "unknown-host",
        severity: "error",
        what: `There is no host ${name} in this environment.`,
        fix:
          known?.length === 0
            ? "Write it under the environment's `hosts`."
            : `Use one of: ${known?.join(", ")}.`,
      }),
    );
}

function notAbsolute(folder: string, { blame }: Reading): Diagnostic {
  return blame("folder", {
    code: "folder-not-absolute",
    severity: "error",
    what: `\`folder: ${folder}\` is on hosts, and does not begin at their root.`,
    fix: "Write the whole path: /srv/www/shop. For a folder on this machine say `here: true`.",
  });
}
