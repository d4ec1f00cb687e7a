import { sha256 } from "../../lib/digest.ts";
import { Fault } from "../../model/failure.ts";
import type { HostFile } from "../../ports/host.ts";
import type { Finished, Limits } from "../../ports/shell.ts";
import type { Inner } from "./inner.ts";
import { hostOf } from "./line.ts";

/**
 * What a host does for a file: compares it with what is there, and replaces it as a whole when it differs.
 *
 *   PATH MODE OWNER, and on stdin the digest on a line of its own, then the text
 *
 * The digest comes by stdin too: of a short secret it would tell too much. A text that was cut off on its way is not the
 * one of the digest.
 */
const PUT_SCRIPT = String.raw`
set -u
export LC_ALL=C
umask 077
path=$1 mode=$2 owner=$3
echo begun
IFS= read -r sum || exit 1
if [ -d "$path" ] && [ ! -L "$path" ]; then echo folder; exit 0; fi
of() { sha256sum <"$1" | cut -c 1-64; }

# user, or user:group; a user alone means the group that is his own.
user=\${owner%%:*}
case $owner in
'') user=$(id -u) group=$(id -g) owner=$user:$group ;;
*:*) group=\${owner#*:} ;;
*) group=$(id -g -- "$user") || { echo nobody; exit 0; }; owner=$user:$group ;;
esac
stands() {
  [ -f "$path" ] && [ ! -L "$path" ] && [ "$(stat -c %a -- "$path")" = "$mode" ] || return 1
  case $user in "$(stat -c %u -- "$path")" | "$(stat -c %U -- "$path")") ;; *) return 1 ;; esac
  case $group in "$(stat -c %g -- "$path")" | "$(stat -c %G -- "$path")") ;; *) return 1 ;; esac
  [ "$(of "$path")" = "$sum" ]
}
if stands; then echo same; exit 0; fi

folder=$(dirname -- "$path")
(umask 022 && mkdir -p -- "$folder") || exit 1
fresh=$(mktemp "$folder/.$(basename -- "$path" | cut -c 1-200).XXXXXX") || exit 1
trap 'rm -f -- "$fresh"' EXIT
trap 'exit 1' HUP INT TERM
cat >"$fresh" || exit 1
if [ "$(of "$fresh")" != "$sum" ]; then echo cut; exit 0; fi
# Whom it belongs to first: giving it away takes rights from its mode.
chown -- "$owner" "$fresh" && chmod -- "$mode" "$fresh" && sync "$fresh" &&
  mv -f -T -- "$fresh" "$path" && sync "$folder" || exit 1
echo changed
`.replaceAll("\\${", "${");

/** Puts a file in its place as a whole, unless it stands there already just so. */
export async function putThere(inner: Inner, file: HostFile, limits: Limits): Promise<boolean> {
  const { uid, user } = await inner.known(limits);
  const isByRoot = file.asRoot === true && uid !== 0;
  const owner = file.owner ?? (isByRoot ? user : "");
  const mode = file.mode.replace(/^0+(?=.)/, "");
  refuseOdd(inner, file);
  const script = ["sh", "-c", PUT_SCRIPT, "put", file.path, mode, owner] as const;
  const [program, ...rest] = isByRoot ? (["sudo", "-n", "--", ...script] as const) : script;
  const stdin = `${sha256(file.text)}\n${file.text}`;
  const told = await inner.shell.look({ argv: [program, ...rest], stdin }, limits);
  const said = told.stdout.trim().split("\n");
  if (isByRoot && told.ended.how === "exit" && said[0] !== "begun") throw noSudo(inner, told);
  const verdict = told.ended.how === "exit" && told.ended.code === 0 ? said[1] : undefined;
  if (verdict === "same" || verdict === "changed") return verdict === "changed";
  throw notPut(inner, { file, told, verdict });
}

function refuseOdd({ line }: Inner, { path, mode }: HostFile): void {
  if (path.startsWith("/") && !path.endsWith("/") && /^[0-7]{3,4}$/.test(mode)) return;
  throw new Fault({
    code: "file-not-put",
    what: `On ${hostOf(line).name}, ${JSON.stringify(path)} with mode ${mode} is no file that can be written.`,
    fix: "Give its path from the root on, and a mode such as 0640.",
  });
}

function noSudo({ line }: Inner, { tail }: Pick<Finished, "tail">): Fault {
  const { name, address } = hostOf(line);
  return new Fault({
    code: "sudo-refused",
    what: `On ${name} (${address}), sudo does not let the user put files as root without a password.`,
    fix: "Allow it in /etc/sudoers.d, or sign in as root.",
    detail: tail.trim().slice(-2000),
  });
}

interface NotPut {
  readonly file: HostFile;
  readonly told: Finished;
  readonly verdict: string | undefined;
}

function notPut({ line }: Inner, { file, told, verdict }: NotPut): Fault {
  const { ended, tail } = told;
  const why: Readonly<Record<string, string>> = {
    folder: "a folder of that name is there",
    nobody: `there is no user ${file.owner}`,
    cut: "it did not arrive whole",
  };
  const how = ended.how === "exit" ? "the host could not write it" : `it was ${ended.how}`;
  return new Fault({
    code: "file-not-put",
    what: `On ${hostOf(line).name}, ${file.path} was not put in its place: ${why[verdict ?? ""] ?? how}.`,
    fix: "Read the last words, mend what they name (rights, room on the disk, the owner), then run again. What was there before still is.",
    detail: tail.trim().slice(-2000),
  });
}
