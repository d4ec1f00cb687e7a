import { COMMON, STAGED } from "./common.ts";

/** First look at a host: whether all can be done that is needed, and what is there of the release already. */
export const PREPARE = `${COMMON}${STAGED}${String.raw`
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
mkdir -p "$m" "$ROOT/releases" "$ROOT/shared" || no folder-not-writable "$ROOT"
[ -s "$m/copy" ] || printf '%s\n' "$NONCE_OF_COPY" | keep "$m/copy"
[ -s "$m/release.json" ] || printf '%s\n' "$RELEASE_JSON" | keep "$m/release.json"
say "user $(id -un)"
say "copy $(cat "$m/copy")"
[ -e "$m/sent" ] && say sent yes
[ -e "$m/staged" ] && say staged yes
base=$(ls -1t "$meta"/releases/*/sent 2>/dev/null | while IFS= read -r each; do
  id=$(basename "$(dirname "$each")")
  if [ "$id" != "$ID" ] && [ -d "$ROOT/releases/$id" ]; then say "$id"; break; fi
done)
[ -z "$base" ] || say "base $ROOT/releases/$base"
say done yes
`}`;

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
  : | keep "$m/sent"
fi
`;

/** After all files are there: what it shares is linked, so that its commands find it. */
export const SENT = `${COMMON}${LINKS}
say done yes
`;

/** Last: root's files of the release, if they differ, the list of its own, and that it is staged. PAYLOAD comes by stdin. */
export const FINISH = `${COMMON}${LINKS}${String.raw`
payload=$(cat)
printf '%s' "$SHAPE" | keep "$m/shape.sh"
if [ -n "$payload" ] && ! printf '%s\n' "$payload" | $SUDO cmp -s - "$e/payload"; then
  put() { $SUDO install -m "$1" /dev/stdin "$2" || no sudo-refused "install -m $1 /dev/stdin $2"; }
  rm -f "$m/staged"
  $SUDO rm -rf "$e" && $SUDO install -d -m 755 "$e/units" "$e/router" && $SUDO install -d -m 700 "$e/private" || no sudo-refused "install -d $e"
  printf '%s\n' "$payload" | while read -r path mode text; do printf %s "$text" | base64 -d | put "$mode" "$e/$path"; done | grep . && exit 0
  printf '%s\n' "$payload" | put 600 "$e/payload"
  printf '%s\n' "$NONCE_OF_COPY" | keep "$m/stamp"
fi
[ -s "$m/files" ] && [ -e "$m/staged" ] || (cd "$ROOT/releases/$ID" && find . -type f -size +0 -print0) | LC_ALL=C sort -z | keep "$m/files"
: | keep "$m/staged"
sync "$m" "$meta/releases"
say done yes
`}`;

/** The way back, probed: nothing is changed. */
export const READY = `${COMMON}${STAGED}${String.raw`
whole "$ID"
may
say done yes
`}`;
