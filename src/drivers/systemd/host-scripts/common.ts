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
keep() { # FILE TEXT: on disk before it has its name
  { [ -z "$2" ] || printf '%s\n' "$2"; } >"$1.new" && sync "$1.new" && mv -f "$1.new" "$1" || no host-disk "$1"
}
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
recall() { # sets was, stamped, state, previous, port, live: all of it at once
  was= stamped= state= previous= port= live=
  [ -e "$meta/activation" ] || return 0
  while IFS= read -r line; do
    value=@{line#*=}
    case $line in
    release=*) was=$value ;;
    stamp=*) stamped=$value ;;
    state=*) state=$value ;;
    previous=*) previous=$value ;;
    port=*) port=$value ;;
    live=*) live=$value ;;
    esac
  done <"$meta/activation"
}
serving() { if [ "$(get state)" = proven ]; then get release; else get previous; fi; }
journal() {
  [ -n "$SUDO" ] || { journalctl "$@"; return; }
  case " $(id -nG) " in *' systemd-journal '* | *' adm '*) journalctl "$@" ;; *) $SUDO journalctl "$@" ;; esac
}
cursor_in() { # a line of the journal's JSON; sets cursor
  cursor=@{1#*'"__CURSOR"'}
  [ "$cursor" != "$1" ] || cursor=
  cursor=@{cursor#*'"'}
  cursor=@{cursor%%'"'*}
}
# What was said just now may still be on its way into the journal.
settled() { sleep 0.1; journalctl --sync 2>/dev/null || $SUDO journalctl --sync 2>/dev/null || sleep 0.2; }
each_line() { # of a text, after a word
  while IFS= read -r line; do [ -z "$line" ] || say "$1 $line"; done <<EOF
$2
EOF
}
# Sets seen, a line for each unit: its name, ActiveState, SubState, NRestarts, InvocationID, MainPID, Result, ExecMainStatus
look() {
  seen=
  next_one
  [ $# -gt 0 ] || return 0
  shown=$(systemctl show -p Id,ActiveState,SubState,NRestarts,InvocationID,MainPID,Result,ExecMainStatus -- "$@")
  while IFS= read -r line; do
    value=@{line#*=}
    case $line in
    '') seen_one ;;
    Id=*) name=$value ;;
    ActiveState=*) active=$value ;;
    SubState=*) sub=$value ;;
    NRestarts=*) often=@{value:-0} ;;
    InvocationID=*) run=@{value:--} ;;
    MainPID=*) pid=@{value:-0} ;;
    Result=*) result=@{value:--} ;;
    ExecMainStatus=*) exit=@{value:-0} ;;
    esac
  done <<EOF
$shown

EOF
  seen=@{seen%?}
}
next_one() { name= active= sub= often=0 run=- pid=0 result=- exit=0; }
seen_one() {
  [ -z "$name" ] || seen="$seen$name $active $sub $often $run $pid $result $exit
"
  next_one
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
  allowed=$(sudo -n -l 2>/dev/null)
  while IFS= read -r line; do
    case $line in *'(ALL) NOPASSWD: ALL' | *'(root) NOPASSWD: ALL' | *'(ALL : ALL) NOPASSWD: ALL' | *'(root : ALL) NOPASSWD: ALL') return 0 ;; esac
  done <<EOF
$allowed
EOF
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
