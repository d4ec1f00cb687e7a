/**
 * What every script begins with. Scripts are POSIX sh with the core utilities; values come by environment (SUDO: how to become
 * root), texts by stdin, and nothing is spliced into them. Where many hosts are few machines each process counts: what the
 * shell can do itself it does. They answer in lines: a word, a space, and the rest; texts as base64.
 *
 * Below `$ROOT/.seaworthy` is what is known of releases, one folder each: `copy` (tells one try of putting its files there from
 * the next), `sent`, `staged`, `accepted`, `served` (when it last became the serving one), `release.json`, `shape.sh`, `stamp`
 * (differs when its units or secrets do). `activation` says what was last to serve, in lines of `name=value`:
 *
 *     release, stamp   who            state   begun, then proven
 *     previous         who before     port    where it is, of the two in `beside`;  live  where the one before is
 *     before.UNIT      how systemd called the unit's run when all was in place for the new one: any other run is the new one
 */
export const COMMON = String.raw`set -u
umask 022
meta=$ROOT/.seaworthy
say() { printf '%s\n' "$*"; }
packed() { base64 -w 0; }
no() { say "no $1 $(printf %s "$2" | packed)"; exit 0; }
keep() { cat >"$1.new" && sync "$1.new" && mv -f "$1.new" "$1" || no host-disk "$1"; }
lock() {
  [ -d "$meta" ] || mkdir -p "$meta" 2>/dev/null || no folder-not-writable "$ROOT"
  exec 9>>"$meta/lock" || no folder-not-writable "$ROOT"
  flock -w 90 9 || no host-busy "$meta/lock"
}
get() { # without a process of its own: it is asked often
  [ -e "$meta/activation" ] || return 0
  while IFS= read -r line; do
    case $line in "$1="*) printf '%s\n' "@{line#*=}" && return 0 ;; esac
  done <"$meta/activation"
}
lines() { # of a file, without a process of its own
  [ ! -s "$1" ] || while IFS= read -r line; do say "$line"; done <"$1"
}
first_line() { # sets line
  line=
  [ ! -s "$1" ] || IFS= read -r line <"$1"
}
installed() { lines "$meta/installed"; }
serving() { if [ "$(get state)" = proven ]; then get release; else get previous; fi; }
journal() {
  [ -n "$SUDO" ] || { journalctl "$@"; return; }
  case " $(id -nG) " in *' systemd-journal '* | *' adm '*) journalctl "$@" ;; *) $SUDO journalctl "$@" ;; esac
}
# What was said just now may still be on its way into the journal.
settled() { sleep 0.1; journalctl --sync 2>/dev/null || $SUDO journalctl --sync 2>/dev/null || sleep 0.2; }
each_line() { # of a text, after a word
  say "$2" | while IFS= read -r line; do say "$1 $line"; done
}
# Unit, ActiveState, SubState, NRestarts, InvocationID, MainPID, Result, ExecMainStatus
look() {
  [ $# -gt 0 ] || return 0
  systemctl show -p Id,ActiveState,SubState,NRestarts,InvocationID,MainPID,Result,ExecMainStatus -- "$@" | awk '
    function out() {
      if (p["Id"] != "") print p["Id"], p["ActiveState"], p["SubState"], p["NRestarts"] + 0, p["InvocationID"] == "" ? "-" : p["InvocationID"], p["MainPID"] + 0, p["Result"] == "" ? "-" : p["Result"], p["ExecMainStatus"] + 0
      split("", p)
    }
    /^$/ { out(); next }
    { at = index($0, "="); p[substr($0, 1, at - 1)] = substr($0, at + 1) }
    END { out() }'
}
`.replaceAll("@{", "${");

/** What a release that is in place has. */
export const STAGED = String.raw`
lacking() { # the first file of a staged release that is gone, or empty where it was not
  (cd "$ROOT/releases/$1" && find . -type f -size +0 -print0) 2>/dev/null | LC_ALL=C sort -z |
    LC_ALL=C comm -z -13 - "$meta/releases/$1/files" | head -z -n 1 | tr '\0\n' '  '
}
staged() {
  [ -e "$meta/releases/$1/staged" ] || no release-not-staged "it was never put in place"
  [ -d "$ROOT/releases/$1" ] || no release-not-staged "its folder is gone"
  if [ -s "$meta/releases/$1/stamp" ] && [ ! -e "$ETC/$1/payload" ]; then no release-not-staged "its units in $ETC are gone"; fi
}
whole() {
  staged "$1"
  gone=$(lacking "$1")
  [ -z "$gone" ] || no release-not-staged "its file $gone is gone"
}
# Rights that are missing, of those in the lines of VERBS.
refused() {
  [ -n "$SUDO" ] || return 0
  sudo -n -l 2>/dev/null | grep -Eq '\((ALL|root)( : ALL)?\) NOPASSWD: ALL$' && return 0
  printf '%s\n' "$VERBS" | while IFS= read -r words; do
    set -f
    [ -z "$words" ] || sudo -n -l -- $words >/dev/null 2>&1 || say "$words"
    set +f
  done
}
may() {
  missing=$(refused)
  [ -z "$missing" ] || no sudo-refused "$missing"
}
`;
