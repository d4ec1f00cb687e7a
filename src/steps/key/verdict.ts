import type { KeySpec } from "./spec.ts";
import type { There } from "./there.ts";

interface Fault {
  readonly what: string;
  readonly fix: string;
}

/** In what a file on a host is not the key as it must be. */
export function faultsOf(
  name: string,
  there: There,
  { spec, key }: { readonly spec: KeySpec; readonly key: { readonly length: number } },
): readonly Fault[] {
  if (there.is === "absent")
    return [
      { what: `${name} has no such file`, fix: "Put it there: the same step without `check`." },
    ];
  if (!there.isOurs)
    return [
      {
        what: `${name} has another key`,
        fix: "See who writes this file, and take the right value from your secrets manager.",
      },
    ];
  const faults: Fault[] = [];
  if (there.length !== key.length)
    faults.push({
      what: `${name} reads ${there.length < 0 ? `no ${spec.form}` : `${there.length} bytes`} out of it, not ${key.length} bytes`,
      fix: "Correct `form`: it says how the key is written.",
    });
  const mode = spec.mode.padStart(4, "0");
  if (there.mode !== mode)
    faults.push({
      what: `${name} has it with mode ${there.mode}, not ${mode}`,
      fix: `As root on the host: chmod ${mode} ${spec.at}`,
    });
  if (spec.owner !== undefined && !isOwner(spec.owner, there.owners))
    faults.push({
      what: `on ${name} it belongs to ${there.owners[0]}, not ${spec.owner}`,
      fix: `As root on the host: chown ${spec.owner} ${spec.at}`,
    });
  return faults;
}

function isOwner(wanted: string, owners: readonly string[]): boolean {
  const [user, group] = wanted.split(":");
  const known = owners.map((each) => each.split(":"));
  return (
    known.some(([own]) => own === user) &&
    (group === undefined || known.some(([, own]) => own === group))
  );
}
