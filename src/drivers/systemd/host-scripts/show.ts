import { COMMON, STAGED } from "./common.ts";

/** Which release serves, which are there, and how the units are. ACCEPT: and the one that serves was accepted. */
export const STATUS = `${COMMON}${String.raw`
release_in() { # a unit; sets of
  of=
  [ -r "$1" ] || return 0
  while IFS= read -r line; do case $line in LogExtraFields=SEAWORTHY_RELEASE=*) of=@{line#*RELEASE=} ;; esac; done <"$1"
}
[ -d "$meta/releases" ] || { say done yes; exit 0; }
recall
serves=$previous
[ "$state" != proven ] || serves=$was
if [ -n "$serves" ]; then
  say "serving $(packed <"$meta/releases/$serves/release.json")"
  [ "$ACCEPT" != yes ] || [ -e "$meta/releases/$serves/accepted" ] || : >"$meta/releases/$serves/accepted"
fi
say "activation $state $was"
for m in "$meta/releases"/*/; do
  m=@{m%/}
  [ -s "$m/release.json" ] || continue
  set -- no no
  [ -e "$m/accepted" ] && set -- yes "$2"
  [ -e "$m/staged" ] && set -- "$1" yes
  first_line "$m/served"
  say "known @{m##*/} $1 $2 @{line:-0}"
done
UNITS=
if [ -n "$was" ] && [ -e "$meta/releases/$was/shape.sh" ]; then . "$meta/releases/$was/shape.sh"; fi
case $UNITS in *@PORT*) UNITS= ;; esac
all=
for each in $(installed) $UNITS; do case " $all " in *" $each "*) : ;; *) all="$all $each" ;; esac; done
set -- $all
look "$@"
each_line unit "$seen"
for each in "$@"; do
  release_in "/etc/systemd/system/$each"
  case $each in *.socket) : ;; *) [ -n "$of" ] || of=$was ;; esac
  [ -z "$of" ] || say "of $each $of"
done
if [ "$USAGE" = yes ]; then
  for each in "$@"; do
    pid=$(systemctl show -p MainPID --value -- "$each")
    [ "$pid" -gt 0 ] 2>/dev/null || continue
    memory=$(systemctl show -p MemoryCurrent --value -- "$each") cpu=$(systemctl show -p CPUUsageNSec --value -- "$each")
    # What systemd does not account here is added up over the processes of the unit.
    group=$(systemctl show -p ControlGroup --value -- "$each")
    pids=$(cat "/sys/fs/cgroup$group/cgroup.procs" 2>/dev/null || cat "/sys/fs/cgroup/systemd$group/cgroup.procs" 2>/dev/null)
    [ -n "$pids" ] || pids=$pid
    stats= statuses=
    for one in $pids; do stats="$stats /proc/$one/stat" statuses="$statuses /proc/$one/status"; done
    case $memory in '' | *[!0-9]* | 18446744073709551615) memory=$(awk '/^VmRSS:/ { sum += $2 } END { printf "%.0f", sum * 1024 }' $statuses 2>/dev/null) ;; esac
    case $cpu in '' | *[!0-9]* | 18446744073709551615) cpu=$(awk '{ sub(/^.*\) /, ""); sum += $12 + $13 } END { printf "%.0f", sum * 10000000 }' $stats 2>/dev/null) ;; esac
    say "uses $each $pid $memory $cpu"
  done
fi
say done yes
`.replaceAll("@{", "${")}`;

/** Forgets releases; none of them is the one that serves or is about to. */
export const FORGET = `${COMMON}${String.raw`
[ -d "$meta/releases" ] || { say done yes; exit 0; }
lock
for id in $IDS; do
  if [ "$(get release)" = "$id" ] || [ "$(serving)" = "$id" ]; then no release-serves "$id"; fi
  [ "$ONLY_UNACCEPTED" = yes ] && [ -e "$meta/releases/$id/accepted" ] && continue
  rm -rf -- "$meta/releases/$id/staged" "$ROOT/releases/$id" || no folder-not-writable "$ROOT/releases/$id"
  if [ -d "$ETC/$id" ]; then $SUDO rm -rf -- "$ETC/$id" || no sudo-refused "rm -rf $ETC/$id"; fi
  rm -rf -- "$meta/releases/$id"
  say "forgot $id"
done
say done yes
`}`;

/** Where the journal ends now. */
export const MARK = `${COMMON}${String.raw`
[ -d "$meta/releases" ] || { say done yes; exit 0; }
cursor_in "$(journal -q -n 1 -o json --output-fields=_PID)"
say "cursor $cursor"
say "units $(echo $(installed)) "
say done yes
`}`;

/** At most LINES lines of the journal after AFTER, as JSON; CHECK: whether what AFTER tells of is still there. */
export const SINCE = `${COMMON}${String.raw`
[ -n "$AFTER" ] || [ -d "$meta/releases" ] || exit 0
[ "$FIRST" != yes ] || settled
if [ "$CHECK" = yes ]; then
  cursor_in "$(journal -q --cursor="$AFTER" -o json --output-fields=_PID 2>/dev/null | head -n 1)"
  [ "$cursor" = "$AFTER" ] || say gone
fi
# --after-cursor leaves one line out when that of the cursor is none of these units', so the reader drops it himself.
if [ -n "$AFTER" ]; then set -- --cursor="$AFTER"; else set --; fi
for each in $(installed); do set -- "$@" -u "$each"; done
[ -s "$meta/installed" ] || exit 0
journal -q -a -o json --output-fields=MESSAGE,SEAWORTHY_RELEASE,_SYSTEMD_UNIT,UNIT,_PID "$@" 2>/dev/null | head -n "$LINES" | head -c "$BYTES"
`}`;

/** The newest lines of each unit. */
export const TAIL = `${COMMON}${String.raw`
[ ! -s "$meta/installed" ] || settled
for each in $(installed); do
  case $each in *.socket) continue ;; esac
  if [ -n "$RELEASE" ]; then set -- "_SYSTEMD_UNIT=$each" "SEAWORTHY_RELEASE=$RELEASE"; else set -- -u "$each"; fi
  say "$NONCE $each"
  journal -q -n 2000 -o cat "$@" 2>/dev/null | tail -c "$BYTES"
  echo
done
`}`;

/** All that systemd tells of each unit, and its newest lines. */
export const INSPECT = `${COMMON}${String.raw`
for each in $(installed); do
  say "== $each"
  systemctl status --no-pager --full --lines=0 -- "$each" 2>&1
  systemctl show --no-pager -- "$each" 2>&1 | grep -vE '^(Environment|ExecStartEx|ExecStart|ExecStopEx|ExecReloadEx)=' | head -n 400
  say "-- $each, newest lines"
  journal -q -n 200 -o short-iso-precise -u "$each" 2>&1
done | head -c 262144
`}`;

/** Whether a release is in place, for a command in its folder. */
export const PLACE = `${COMMON}${STAGED}${String.raw`
if [ "$CHECK" = staged ]; then staged "$ID"; else [ -e "$ROOT/current" ] || no nothing-serves "$ROOT/current"; fi
say "user $(id -un)"
say "root $(id -u)"
say done yes
`}`;
