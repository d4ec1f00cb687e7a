import { COMMON } from "./common.ts";
import { UNITS } from "./own-units.ts";

/** Takes back what was begun and not proven. `beside`: the one before still serves. Nothing before: nothing runs any more. */
export const ABANDON = `${COMMON}${UNITS}${String.raw`
lock
recall
[ "$was" = "$ID" ] && [ "$state" = begun ] || { say "left nothing"; exit 0; }
m=$meta/releases/$ID
. "$m/shape.sh"
if [ -n "$previous" ] && [ "$previous" = "$ID" ]; then say "left itself"; exit 0; fi
if [ -z "$previous" ]; then
  drop $(installed)
  rm -f "$ROOT/current" "$meta/activation"
  say "left down"
elif [ "$MODE" = beside ] && [ -n "$live" ]; then
  drop $(for each in $(installed); do case $each in *"@$port.service") say "$each" ;; esac; done)
  ln -sfn "releases/$previous" "$ROOT/current.new" && mv -Tf "$ROOT/current.new" "$ROOT/current"
  first_line "$meta/releases/$previous/stamp"
  keep "$meta/activation" "release=$previous
stamp=@{line:-none}
previous=
state=proven
begun=$(date +%s)
port=$live
live="
  say "left serving"
else
  say "left previous $previous"
  say "release $(packed <"$meta/releases/$previous/release.json")"
fi
`.replaceAll("@{", "${")}`;

/** Ends units that are ours. EVERYTHING: and forgets all releases, so that the target is fresh again. */
export const DOWN = `${COMMON}${UNITS}${String.raw`
[ -d "$meta" ] || { say done yes; exit 0; }
lock
all=$(installed)
UNITS=
recall
if [ -n "$was" ] && [ -e "$meta/releases/$was/shape.sh" ]; then . "$meta/releases/$was/shape.sh"; fi
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
