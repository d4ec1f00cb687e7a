import { COMMON, STAGED } from "./common.ts";
import { UNITS } from "./own-units.ts";

/**
 * Has the release started, and waits a while for its answer.
 *
 * All that is needed is in place before the runs of the units are written down: so whichever run comes after is one of the
 * new release, and a unit that has such a run is never restarted again for this activation.
 */
export const BRING = `${COMMON}${STAGED}${UNITS}${String.raw`
staged "$ID"
lock
m=$meta/releases/$ID e=$ETC/$ID
. "$m/shape.sh"
first_line "$m/stamp"
stamp=@{line:-none}
recall
same=
[ "$was" = "$ID" ] && [ "$stamped" = "$stamp" ] && same=yes
if [ -z "$same" ]; then
  if [ "$state" = proven ]; then previous=$was live=$port; fi
  if [ "$MODE" = beside ]; then
    set -- $PORTS
    if [ "$ID" = "$previous" ] && [ "$state" = begun ] && [ -n "$live" ]; then port=$live
    elif [ "$live" = "$1" ]; then port=$2; else port=$1; fi
  else port=; fi
elif [ "$state" = proven ]; then previous=$was; fi
services=$(named "$UNITS") files=$(named "$FILES")
ask_port=$ASK_PORT
[ "$ASK_PORT" = PORT ] && ask_port=$port
for each in $files; do ! foreign "$each" || no unit-foreign "$each"; done
# For what is written below: a full disk is found while nothing is changed.
if [ -z "$same" ]; then
  printf '%8192s' '' >"$meta/room" || { : >"$meta/room"; no host-disk "$meta"; }
  : >"$meta/room"
fi
if [ "$MODE" != beside ]; then
  extra=$(others $files)
  [ -z "$extra" ] || { drop $extra; say "note ended $(printf '%s ' $extra)"; }
fi
# What was begun before and never proven may start itself again at any moment, and then as the new release: it ends first.
if [ "$state" = begun ] && [ "$was" != "$ID" ] && [ "$MODE" != beside ]; then
  ours=$(installed | grep -v '\.socket$')
  [ -z "$ours" ] || root systemctl stop -- $ours || rights systemctl stop $ours
fi
changed= sockets_changed= enabling=
# Whoever was here before us ended before systemd had heard of it.
[ ! -e "$meta/reloading" ] || changed=yes enabling=yes
for each in $files; do
  cmp -s "$e/units/$each" "$units/$each" && continue
  case $each in *.socket) sockets_changed=yes ;; esac
  [ "$(wants "$e/units/$each")" = "$(wants "$units/$each")" ] || enabling=yes
  : >"$meta/reloading" || no host-disk "$meta"
  root install -m 644 -- "$e/units/$each" "$units/$each" || rights install -m 644 "$e/units/$each" "$units/$each"
  changed=yes
done
# A host on which all is as it should be needs no room to be brought back.
for each in $files; do
  case "
$(installed)
" in *"
$each
"*) continue ;; esac
  keep "$meta/installed" "$({ installed; printf '%s\n' $files; } | grep . | sort -u)"
  break
done
if [ -n "$changed" ]; then
  root systemctl daemon-reload || rights systemctl daemon-reload
  # systemd reads all units once more for it, so it is done where it changes something.
  for each in $files; do [ -n "$enabling" ] || is_wanted "$each" || enabling=yes; done
  [ -z "$enabling" ] || root systemctl enable --quiet -- $files || rights systemctl enable $files
  rm -f "$meta/reloading"
fi
look $services
before=$seen
# Whether it runs, or is about to; sets run: how systemd calls that.
running() {
  while read -r name active sub often run line; do
    [ "$name" != "$1" ] || case $active in active | activating | reloading) return 0 ;; *) return 1 ;; esac
  done <<EOF
$before
EOF
  return 1
}
todo=
if [ -n "$same" ] && [ -z "$changed" ]; then
  for each in $services; do
    if running "$each" && { [ "$state" = proven ] || [ "$run" != "$(get "before.$each")" ]; }; then continue; fi
    todo="$todo $each"
  done
elif [ "$MODE" = beside ] && [ "$port" = "$live" ] && [ "$ID" = "$previous" ] && [ -z "$changed" ] && running $services; then :
else todo=" $services"; fi
if [ -z "$same" ] || [ -n "$changed" ] || { [ "$state" = proven ] && [ -n "$todo" ]; }; then
  ln -sfn "releases/$ID" "$ROOT/current.new" && mv -Tf "$ROOT/current.new" "$ROOT/current" || no host-disk "$ROOT/current"
  text="release=$ID
stamp=$stamp
previous=$previous
state=begun
begun=$(date +%s)
port=$port
live=$live"
  while read -r name active sub often run line; do
    case "$todo " in *" $name "*) text="$text
before.$name=$run
restarts.$name=$often" ;; esac
  done <<EOF
$before
EOF
  keep "$meta/activation" "$text"
  sync "$meta" "$ROOT"
  state=begun
fi
if [ -n "$todo" ]; then
  say "restarted $(printf '%s ' $todo)"
  if [ "$MODE" = socket ]; then
    if [ -n "$sockets_changed" ]; then root systemctl stop -- $services || rights systemctl stop $services; root systemctl restart -- $SOCKETS || rights systemctl restart $SOCKETS; fi
    root systemctl start -- $SOCKETS || rights systemctl start $SOCKETS
  fi
  # In the background: a unit that tells when it is ready may take as long as it likes, and is watched meanwhile.
  [ ! -e "$meta/refused" ] || rm -f "$meta/refused"
  (for each in $todo; do $SUDO systemctl restart "$each" || $SUDO systemctl is-active "$each" || : >"$meta/refused"; done) </dev/null >/dev/null 2>"$meta/said" 9>&- &
fi
end_of_line='
'
seconds() { read -r now line </proc/uptime && now=@{now%%.*}; } # sets now
seconds
until=$((now + WAIT)) looks=0 answer= verdict=waiting isgood= begun=
while IFS= read -r line; do case $line in before.* | restarts.*) begun="$begun$line " ;; esac; done <"$meta/activation"
# Sets verdict: up, waiting, dying UNIT, failed UNIT.
compare() {
  late= failed= dying=
  while read -r name active sub often run line; do
    old= base=0
    for each in $begun; do
      case $each in
      "before.$name="*) old=@{each#*=} ;;
      "restarts.$name="*) base=@{each#*=} ;;
      esac
    done
    # What systemd counted before may or may not be counted on.
    [ "$often" -lt "$base" ] || often=$((often - base))
    if [ "$state" = begun ] && [ -n "$old" ] && [ "$old" = "$run" ]; then late=yes
    elif [ "$state" = begun ] && [ -n "$old" ] && [ "$often" -ge 3 ]; then dying=$name
    elif [ "$active" = failed ]; then failed=$name
    elif [ "$active" != active ]; then late=yes; fi
  done <<EOF
$seen
EOF
  verdict=up
  [ -z "$late" ] || verdict=waiting
  [ -z "$failed" ] || verdict="failed $failed"
  [ -z "$dying" ] || verdict="dying $dying"
}
# No unit is up sooner.
[ -z "$todo" ] || sleep 0.05
while :; do
  look $services
  compare
  [ "$verdict" = up ] || [ "$verdict" = waiting ] || break
  if [ "$verdict" = up ]; then
    [ -n "$ASK_PATH" ] || { isgood=yes; break; }
    answer=$(asked) # a shell keeps no zero bytes
    case @{answer%%"$end_of_line"*} in HTTP/*" $ASK_STATUS"*) isgood=yes; break ;; esac
  fi
  if [ -n "$todo" ] && [ -e "$meta/refused" ] && say "$seen" | grep -qE ' inactive '; then
    [ "$(sed -n '/password is required/p' "$meta/said")" = "" ] || no sudo-refused "systemctl restart $todo"
  fi
  seconds
  [ "$now" -lt "$until" ] || break
  looks=$((looks + 1))
  if [ "$looks" -lt 5 ]; then sleep 0.05; else sleep 0.15; fi
done
each_line unit "$seen"
[ -z "$ASKING" ] || say "asking $(printf %s "$ASKING" | packed)"
say "state $state"
say "verdict $verdict"
[ -z "$answer" ] || { say "$NONCE answer"; say "$answer"; }
# Its last words, when it is not well; and towards the end of the time, in case somebody else has answered.
if [ -z "$isgood" ] || [ "$WAIT" -le 1 ]; then words $services; fi
`.replaceAll("@{", "${")}`;

/** Watches for a while that what was brought stays up; then, in `beside`, lets the router lead to it; and writes down that it serves. */
export const PROVE = `${COMMON}${STAGED}${UNITS}${String.raw`
lock
recall
[ "$was" = "$ID" ] || no activation-lost "$was"
m=$meta/releases/$ID e=$ETC/$ID
. "$m/shape.sh"
services=$(named "$UNITS") files=$(named "$FILES")
runs() { # sets these: all runs of them; other: one that is not active; pids
  these= other= pids=
  while read -r name active sub often run pid line; do
    these="$these $name $often $run"
    [ "$active" = active ] || other=$name
    [ "$pid" = 0 ] || pids="$pids $pid"
  done <<EOF
$seen
EOF
}
if [ "$state" != proven ]; then
  look $services
  runs
  first=$these
  turn=0
  while :; do
    # All stay active, and in the same run as at first.
    if [ -n "$other" ] || [ "$these" != "$first" ]; then
      each_line unit "$seen"
      say "verdict died"
      words $services
      exit 0
    fi
    [ "$turn" -lt "$SETTLE" ] || break
    turn=$((turn + 1))
    sleep 0.25
    look $services
    runs
  done
  for pid in $pids; do
    at=$(readlink "/proc/$pid/cwd" 2>/dev/null) || continue
    case $at in "$ROOT/releases/$ID" | "$ROOT/releases/$ID/"*) : ;; "$ROOT/releases/"*) say "elsewhere $at"; say "verdict elsewhere"; exit 0 ;; esac
  done
  if [ "$MODE" = beside ]; then
    if ! cmp -s "$e/router/$port" "$ROUTER"; then
      [ -e "$ROUTER" ] && [ ! -e "$meta/router.old" ] && { cp -- "$ROUTER" "$meta/router.old.new" && sync "$meta/router.old.new" && mv -f "$meta/router.old.new" "$meta/router.old" || no host-disk "$meta"; }
      root install -m 644 -- "$e/router/$port" "$ROUTER.seaworthy" && root mv -Tf -- "$ROUTER.seaworthy" "$ROUTER" || rights install -m 644 "$e/router/$port" "$ROUTER"
    fi
    eval "set -- $RELOAD"
    if ! root "$@"; then
      why=$(tail -c 3000 "$meta/said")
      if [ -e "$meta/router.old" ]; then
        root install -m 644 -- "$meta/router.old" "$ROUTER.seaworthy" && root mv -Tf -- "$ROUTER.seaworthy" "$ROUTER" && root "$@"
      fi
      rm -f "$meta/router.old"
      say "verdict router"
      say "$NONCE words"
      say "$why"
      exit 0
    fi
    rm -f "$meta/router.old"
  fi
  text=
  while IFS= read -r line; do
    case $line in state=*) line=state=proven ;; esac
    text="$text$line
"
  done <"$meta/activation"
  printf %s "$text" >"$meta/activation.new" && date +%s%3N >"$m/served.new" &&
    sync "$meta/activation.new" "$m/served.new" && mv -f "$m/served.new" "$m/served" &&
    mv -f "$meta/activation.new" "$meta/activation" || no host-disk "$meta"
  sync "$meta" "$m"
fi
if [ "$MODE" = beside ]; then
  extra=$(others $files)
  if [ -n "$extra" ]; then
    # A router's old workers go on for a while after it was told to reload: only when nobody has come for 2 s is it quiet.
    turn=0 quiet=0
    while [ -n "$live" ] && [ "$turn" -lt "$((DRAIN * 4))" ] && [ "$quiet" -lt 8 ]; do
      if command -v ss >/dev/null && [ -z "$(ss -Htn state established "( sport = :$live )" 2>/dev/null)" ]; then quiet=$((quiet + 1)); else quiet=0; fi
      turn=$((turn + 1))
      sleep 0.25
    done
    drop $extra
    say "note ended $(printf '%s ' $extra)"
  fi
fi
say "verdict up"
`}`;
