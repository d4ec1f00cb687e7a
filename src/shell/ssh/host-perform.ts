/** How much of a command's output waits on the host to be fetched; what comes after it is counted. */
const KEPT_BYTES = 64 * 1024 * 1024;

/** The part of the host's script that performs a command for its receipt: detached, so that it goes on whatever becomes of us. */
export const PERFORM_VERB = String.raw`perform)
  # Detached: nobody hears us, all goes into the receipt.
  trap '' HUP
  _sw_dir=$_sw_receipts/$1 _sw_limit=$2
  _sw_line=$(head -c "$3") _sw_stdin=$4
  # What runs in the background has nothing on its stdin unless it is told.
  exec 6<&0
  started_at $$
  # Whole from the first moment, and by one of us alone.
  echo "$$ $_sw_at $_sw_boot" >"$_sw_dir/pid.$$"
  ln "$_sw_dir/pid.$$" "$_sw_dir/pid" 2>/dev/null || exit 0
  conclude() {
    echo "$*" >"$_sw_dir/ended.new"
    sync "$_sw_dir/ended.new"
    mv "$_sw_dir/ended.new" "$_sw_dir/ended"
    exit 0
  }
  refused() { conclude "0 not-started $*"; }
  mkfifo "$_sw_dir/pipe" || conclude "0 not-started $_sw_dir can not be written"
  # Each word is written down as it comes.
  _sw_now=
  command -v stdbuf >/dev/null && _sw_now="stdbuf -o0"
  { $_sw_now head -c KEPT_BYTES; wc -c >&3; } <"$_sw_dir/pipe" >"$_sw_dir/out" 3>"$_sw_dir/dropped" &
  _sw_keeper=$!
  exec 5>"$_sw_dir/pipe"
  uptime
  _sw_from=$_sw_up
  # What systemd-run adds.
  unset INVOCATION_ID
  eval "$_sw_line"
  umask "$_sw_umask"
  if [ "$_sw_stdin" = 0 ]; then
    setsid timeout -k 5 "$_sw_limit" "$@" </dev/null >&5 2>&1 5>&- 6<&- &
  else
    base64 -d <&6 5>&- | setsid timeout -k 5 "$_sw_limit" "$@" >&5 2>&1 5>&- 6<&- &
  fi
  _sw_child=$!
  echo "$_sw_child" >"$_sw_dir/group"
  exec 5>&-
  # Asked to stop before there was anything to be stopped.
  [ -e "$_sw_dir/cancelled" ] && kill -s TERM -- "-$_sw_child" 2>/dev/null
  wait "$_sw_child"
  _sw_code=$?
  uptime
  _sw_took=$((_sw_up - _sw_from))
  # Something that it left behind may hold its output open for ever.
  for _sw_try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    kill -0 "$_sw_keeper" 2>/dev/null || break
    if [ "$_sw_try" -lt 5 ]; then sleep 0.01; else sleep 0.1; fi
  done
  if [ -e "$_sw_dir/cancelled" ]; then
    conclude "$_sw_took cancelled"
  elif [ "$_sw_took" -ge "$((_sw_limit * 1000))" ] && { [ "$_sw_code" = 124 ] || [ "$_sw_code" = 137 ]; }; then
    conclude "$_sw_took out-of-time"
  fi
  conclude "$_sw_took exit $_sw_code"
  ;;
`.replace("KEPT_BYTES", String(KEPT_BYTES));
