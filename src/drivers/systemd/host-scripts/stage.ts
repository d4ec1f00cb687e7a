import { COMMON, STAGED } from "./common.ts";

/** Several files of a release get their place together, once all of them are on disk. */
const FRESH = String.raw`
fresh() { # an empty folder for them
  fresh=$m/fresh
  set -- "$fresh"/*
  [ ! -e "$1" ] || rm -f "$@"
  [ -d "$fresh" ] || mkdir "$fresh" || no host-disk "$m"
}
into_place() { sync "$fresh"/* && mv -f "$fresh"/* "$m/" || no host-disk "$m"; }
`;

/** First look at a host: whether all can be done that is needed, and what is there of the release already. */
export const PREPARE = `${COMMON}${STAGED}${FRESH}${String.raw`
command -v systemctl >/dev/null && [ -d /run/systemd/system ] || no no-systemd ""
for tool in flock awk base64 comm; do command -v "$tool" >/dev/null || no tool-missing "$tool"; done
[ -z "$RUNS_AS" ] || id -u "$RUNS_AS" >/dev/null 2>&1 || no user-unknown "$RUNS_AS"
may
if [ ! -d "$ROOT" ]; then
  mkdir -p "$ROOT" 2>/dev/null || $SUDO install -d -o "$(id -un)" -g "$(id -gn)" "$ROOT" 2>/dev/null
fi
[ -w "$ROOT" ] || no folder-not-writable "$ROOT"
lock
m=$meta/releases/$ID
if [ -e "$m/sent" ] && { [ ! -d "$ROOT/releases/$ID" ] || { [ -e "$m/staged" ] && [ -n "$(lacking "$ID")" ]; }; }; then
  rm -f "$m/staged" && rm -rf "$m"
fi
[ -d "$m/fresh" ] && [ -d "$ROOT/shared" ] && [ -d "$ROOT/releases" ] || mkdir -p "$m/fresh" "$ROOT/releases" "$ROOT/shared" || no folder-not-writable "$ROOT"
if [ ! -s "$m/copy" ] || [ ! -s "$m/release.json" ]; then
  fresh
  [ -s "$m/copy" ] || printf '%s\n' "$NONCE_OF_COPY" >"$fresh/copy"
  [ -s "$m/release.json" ] || printf '%s\n' "$RELEASE_JSON" >"$fresh/release.json"
  into_place
fi
first_line "$m/copy"
say "copy $line"
[ -e "$m/sent" ] && say sent yes
[ -e "$m/staged" ] && say staged yes
base=$(ls -1t "$meta"/releases/*/sent 2>/dev/null | while IFS= read -r each; do
  each=@{each%/sent} id=@{each##*/}
  if [ "$id" != "$ID" ] && [ -d "$ROOT/releases/$id" ]; then say "$id"; break; fi
done)
[ -z "$base" ] || say "base $ROOT/releases/$base"
say done yes
`.replaceAll("@{", "${")}`;

const LINKS = String.raw`
lock
m=$meta/releases/$ID e=$ETC/$ID
if [ ! -e "$m/sent" ]; then
  # What outlives releases belongs to who runs them.
  as='mkdir -p --'
  if [ -n "$RUNS_AS" ] && [ "$RUNS_AS" != "$(id -un)" ]; then
    as="$SUDO install -d -o $RUNS_AS -m 755 --"
    [ "$(stat -c %U "$ROOT/shared")" = "$RUNS_AS" ] || $as "$ROOT/shared" || no sudo-refused "install -d -o $RUNS_AS -m 755 -- $ROOT/shared"
  fi
  printf '%s' "$SHARED" | while IFS= read -r name; do
    lasting=$ROOT/shared/$name link=$ROOT/releases/$ID/$name
    mkdir -p -- "$(dirname "$link")"
    [ -d "$(dirname "$lasting")" ] || $as "$(dirname "$lasting")" || exit 1
    if [ -e "$lasting" ]; then :
    elif [ -e "$link" ] && [ ! -L "$link" ]; then
      # What the first release brings along becomes the first content.
      if [ "$as" = 'mkdir -p --' ]; then cp -a -- "$link" "$lasting"; else $SUDO cp -r -- "$link" "$lasting" && $SUDO chown -R "$RUNS_AS" -- "$lasting"; fi || exit 1
    else
      case $(basename "$name") in *?.*) : ;; *) $as "$lasting" || exit 1 ;; esac
    fi
    rm -rf -- "$link" && ln -s -- "$lasting" "$link" || exit 1
  done || no folder-not-writable "$ROOT/shared"
  : >"$m/sent" || no host-disk "$m"
fi
`;

/** After all files are there: what it shares is linked, so that its commands find it. */
export const SENT = `${COMMON}${LINKS}
say done yes
`;

/** Last: root's files of the release, if they differ, the list of its own, and that it is staged. PAYLOAD comes by stdin. */
export const FINISH = `${COMMON}${FRESH}${LINKS}${String.raw`
payload=$(cat)
put() { $SUDO install -D -m "$1" /dev/stdin "$2" || no sudo-refused "install -D -m $1 /dev/stdin $2"; }
fresh
printf '%s' "$SHAPE" >"$fresh/shape.sh"
anew=
if [ -n "$payload" ] && { [ ! -e "$e/payload" ] || ! printf '%s\n' "$payload" | $SUDO cmp -s - "$e/payload"; }; then
  anew=yes
  [ ! -e "$m/staged" ] || rm -f "$m/staged"
  [ ! -e "$e" ] || $SUDO rm -rf "$e" || no sudo-refused "rm -rf $e"
  case "
$payload" in *"
private/"*) $SUDO install -d -m 700 "$e/private" || no sudo-refused "install -d $e" ;; esac
  refusal=$(printf '%s\n' "$payload" | while read -r path mode text; do printf %s "$text" | base64 -d | put "$mode" "$e/$path"; done)
  [ -z "$refusal" ] || { say "$refusal"; exit 0; }
  printf '%s\n' "$NONCE_OF_COPY" >"$fresh/stamp"
fi
[ -s "$m/files" ] && [ -e "$m/staged" ] || (cd "$ROOT/releases/$ID" && find . -type f -size +0 -print0) | LC_ALL=C sort -z >"$fresh/files"
into_place
# After the stamp: should we end here, the next try finds no payload and makes another stamp.
[ -z "$anew" ] || printf '%s\n' "$payload" | put 600 "$e/payload"
sync "$m"
: >"$m/staged" || no host-disk "$m"
sync "$m" "$meta/releases"
say done yes
`}`;

/** The way back, probed: nothing is changed. */
export const READY = `${COMMON}${STAGED}${String.raw`
whole "$ID"
may
say done yes
`}`;
