/**
 * The part of the host's script that keeps one writer for each environment. A process of ours claims the host with its
 * first question and is held against that claim with each command; what another checkout of the project has claimed is
 * free again when that has left, or has done nothing for a minute.
 */
export const FENCE_VERBS = String.raw`# Who deploys to an environment is one file: OWNER NUMBER WHO STATE. Each command of a run leaves its time beside it.
fence_read() {
  _sw_fence=$_sw_home/fences/$1
  _sw_owner='' _sw_number=0 _sw_who=- _sw_is=''
  read -r _sw_owner _sw_number _sw_who _sw_is 2>/dev/null <"$_sw_fence"
}
fence_lock() {
  [ -d "$_sw_home/fences" ] || mkdir -p "$_sw_home/fences"
  exec 9>>"$_sw_home/fences/$1.lock"
  flock -w 20 9 || finish "stuck the fence of this host is held by somebody"
  fence_read "$1"
}
fence_beat() { : >"$_sw_fence.beat"; }
fence_write() {
  echo "$*" >"$_sw_fence.new" && sync "$_sw_fence.new" && mv "$_sw_fence.new" "$_sw_fence" ||
    finish "stuck $_sw_home can not be written"
}
# claim SCOPE OWNER NUMBER WHO: a process of ours begins. Somebody else's that was busy a moment ago comes first.
claim() {
  [ "$3" = 0 ] && return 0
  fence_lock "$1"
  if [ "$_sw_owner" = "$2" ]; then
    [ "$_sw_number" -gt "$3" ] && finish "fenced $_sw_number $_sw_who"
  elif [ "$_sw_is" = busy ] && [ -n "$(find "$_sw_fence.beat" -newermt '-60 seconds')" ]; then
    finish "busy $_sw_who"
  fi
  fence_write "$2" "$3" "$4" busy
  fence_beat
  exec 9>&-
}
# fence SCOPE OWNER NUMBER: whoever has been replaced comes too late.
fence() {
  [ "$3" = 0 ] && return 0
  fence_read "$1"
  if [ "$_sw_owner" = "" ]; then
    # Somebody has removed it.
    claim "$1" "$2" "$3" -
  elif [ "$_sw_owner $_sw_number" != "$2 $3" ]; then
    finish "fenced $_sw_number $_sw_who"
  fi
  fence_beat
}
`;
