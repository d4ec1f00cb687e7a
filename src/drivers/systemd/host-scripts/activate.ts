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
was=$(get release) state=$(get state) previous=$(get previous) live=$(get live) port=$(get port)
same=
[ "$was" = "$ID" ] && [ "$(get stamp)" = "$stamp" ] && same=yes
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
  head -c 8192 /dev/zero >"$meta/room" && sync "$meta/room" || { rm -f "$meta/room"; no host-disk "$meta"; }
  rm -f "$meta/room"
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
  { installed; printf '%s\n' $files; } | grep . | sort -u | keep "$meta/installed"
  break
done
if [ -n "$changed" ]; then
  root systemctl daemon-reload || rights systemctl daemon-reload
  # systemd reads all units once more for it, so it is done where it changes something.
  for each in $files; do [ -n "$enabling" ] || systemctl -q is-enabled -- "$each" 2>/dev/null || enabling=yes; done
  [ -z "$enabling" ] || root systemctl enable --quiet -- $files || rights systemctl enable $files
  rm -f "$meta/reloading"
fi
before=$(look $services)
running() { say "$before" | grep -E "^$1 (active|activating|reloading) " >/dev/null; }
run_of() { say "$before" | awk -v unit="$1" '$1 == unit { print $5 }'; }
todo=
if [ -n "$same" ] && [ -z "$changed" ]; then
  for each in $services; do
    if running "$each" && { [ "$state" = proven ] || [ "$(run_of "$each")" != "$(get "before.$each")" ]; }; then continue; fi
    todo="$todo $each"
  done
elif [ "$MODE" = beside ] && [ "$port" = "$live" ] && [ "$ID" = "$previous" ] && [ -z "$changed" ] && running $services; then :
else todo=" $services"; fi
if [ -z "$same" ] || [ -n "$changed" ] || { [ "$state" = proven ] && [ -n "$todo" ]; }; then
  ln -sfn "releases/$ID" "$ROOT/current.new" && mv -Tf "$ROOT/current.new" "$ROOT/current" || no host-disk "$ROOT/current"
  {
    printf 'release=%s\nstamp=%s\nprevious=%s\nstate=begun\nbegun=%s\nport=%s\nlive=%s\n' "$ID" "$stamp" "$previous" "$(date +%s)" "$port" "$live"
    say "$before" | awk -v todo="$todo " 'index(todo, " " $1 " ") { print "before." $1 "=" $5; print "restarts." $1 "=" $4 }'
  } | keep "$meta/activation"
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
until=$(($(date +%s) + WAIT)) looks=0 answer= verdict=waiting isgood=
begun=$(lines "$meta/activation" | while IFS= read -r line; do case $line in before.* | restarts.*) printf '%s ' "$line" ;; esac; done)
# No unit is up sooner.
[ -z "$todo" ] || sleep 0.05
while :; do
  now=$(look $services)
  verdict=$(say "$now" | awk -v begun="$begun" -v state="$state" '
    BEGIN {
      split(begun, all, " ")
      for (i in all) {
        at = index(all[i], "="); name = substr(all[i], 1, at - 1); value = substr(all[i], at + 1)
        if (name ~ /^before/) old[substr(name, 8)] = value; else base[substr(name, 10)] = value
      }
    }
    # What systemd counted before may or may not be counted on.
    { often = $4 >= base[$1] ? $4 - base[$1] : $4 }
    { is_old = state == "begun" && ($1 in old) && old[$1] == $5
      if (is_old) late = 1
      else if (state == "begun" && ($1 in old) && often >= 3) dying = $1
      else if ($2 == "failed") failed = $1
      else if ($2 != "active") late = 1 }
    END { print dying != "" ? "dying " dying : failed != "" ? "failed " failed : late ? "waiting" : "up" }')
  [ "$verdict" = up ] || [ "$verdict" = waiting ] || break
  if [ "$verdict" = up ]; then
    [ -n "$ASK_PATH" ] || { isgood=yes; break; }
    answer=$(asked | tr -d '\0')
    case @{answer%%"$end_of_line"*} in HTTP/*" $ASK_STATUS"*) isgood=yes; break ;; esac
  fi
  if [ -n "$todo" ] && [ -e "$meta/refused" ] && say "$now" | grep -qE ' inactive '; then
    [ "$(sed -n '/password is required/p' "$meta/said")" = "" ] || no sudo-refused "systemctl restart $todo"
  fi
  [ "$(date +%s)" -lt "$until" ] || break
  looks=$((looks + 1))
  if [ "$looks" -lt 5 ]; then sleep 0.05; else sleep 0.15; fi
done
each_line unit "$now"
[ -z "$ASKING" ] || say "asking $(printf %s "$ASKING" | packed)"
say "state $state"
say "verdict $verdict"
[ -z "$answer" ] || { say "$NONCE answer"; say "$answer"; }
# Its last words, when it is not well; and towards the end of the time, in case somebody else has answered.
if [ -z "$isgood" ] || [ "$WAIT" -le 1 ]; then words $services; fi
`.replaceAll("@{", "${")}`;

/** Watches for a while that what was brought stays up; then, in \`beside\`, lets the router lead to it; and writes down that it serves. */
export const PROVE = `${COMMON}${STAGED}${UNITS}${String.raw`
lock
[ "$(get release)" = "$ID" ] || no activation-lost "$(get release)"
m=$meta/releases/$ID e=$ETC/$ID
. "$m/shape.sh"
port=$(get port) live=$(get live) previous=$(get previous)
services=$(named "$UNITS") files=$(named "$FILES")
stays() { # all are active, and in the same run as at first
  [ "$(say "$now" | awk '{ print $1, $2, $4, $5 }')" = "$first" ]
}
if [ "$(get state)" != proven ]; then
  now=$(look $services)
  first=$(say "$now" | awk '{ print $1, "active", $4, $5 }')
  turn=0
  while :; do
    if ! stays; then
      each_line unit "$now"
      say "verdict died"
      words $services
      exit 0
    fi
    [ "$turn" -lt "$SETTLE" ] || break
    turn=$((turn + 1))
    sleep 0.25
    now=$(look $services)
  done
  for pid in $(say "$now" | awk '$6 > 0 { print $6 }'); do
    at=$(readlink "/proc/$pid/cwd" 2>/dev/null) || continue
    case $at in "$ROOT/releases/$ID" | "$ROOT/releases/$ID/"*) : ;; "$ROOT/releases/"*) say "elsewhere $at"; say "verdict elsewhere"; exit 0 ;; esac
  done
  if [ "$MODE" = beside ]; then
    if ! cmp -s "$e/router/$port" "$ROUTER"; then
      [ -e "$ROUTER" ] && [ ! -e "$meta/router.old" ] && { cat "$ROUTER" | keep "$meta/router.old"; }
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
  sed 's/^state=.*/state=proven/' "$meta/activation" >"$meta/activation.new" && date +%s%3N >"$m/served.new" &&
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

/** Takes back what was begun and not proven. \`beside\`: the one before still serves. Nothing before: nothing runs any more. */
export const ABANDON = `${COMMON}${UNITS}${String.raw`
lock
[ "$(get release)" = "$ID" ] && [ "$(get state)" = begun ] || { say "left nothing"; exit 0; }
m=$meta/releases/$ID
. "$m/shape.sh"
previous=$(get previous) port=$(get port) live=$(get live)
if [ -n "$previous" ] && [ "$previous" = "$ID" ]; then say "left itself"; exit 0; fi
if [ -z "$previous" ]; then
  drop $(installed)
  rm -f "$ROOT/current" "$meta/activation"
  say "left down"
elif [ "$MODE" = beside ] && [ -n "$live" ]; then
  drop $(for each in $(installed); do case $each in *"@$port.service") say "$each" ;; esac; done)
  ln -sfn "releases/$previous" "$ROOT/current.new" && mv -Tf "$ROOT/current.new" "$ROOT/current"
  printf 'release=%s\nstamp=%s\nprevious=\nstate=proven\nbegun=%s\nport=%s\nlive=\n' "$previous" "$(cat "$meta/releases/$previous/stamp" 2>/dev/null || say none)" "$(date +%s)" "$live" | keep "$meta/activation"
  say "left serving"
else
  say "left previous $previous"
  say "release $(packed <"$meta/releases/$previous/release.json")"
fi
`}`;

/** Ends units that are ours. EVERYTHING: and forgets all releases, so that the target is fresh again. */
export const DOWN = `${COMMON}${UNITS}${String.raw`
[ -d "$meta" ] || { say done yes; exit 0; }
lock
all=$(installed)
UNITS=
if [ -n "$(get release)" ] && [ -e "$meta/releases/$(get release)/shape.sh" ]; then . "$meta/releases/$(get release)/shape.sh"; fi
case $UNITS in *@PORT*) UNITS= ;; esac
set -- $(printf '%s\n' $all $UNITS | sort -u)
if [ $# -gt 0 ]; then root systemctl stop -- "$@" || rights systemctl stop "$@"; fi
if [ "$EVERYTHING" = yes ]; then
  drop $all
  if [ -d "$ETC" ]; then root rm -rf -- "$ETC" || rights rm -rf "$ETC"; fi
  rm -rf -- "$ROOT/current" "$ROOT/releases" "$meta/activation" "$meta/installed" "$meta/releases"
  rmdir -- "$ROOT/shared"/* "$ROOT/shared" 2>/dev/null
fi
say done yes
`}`;
