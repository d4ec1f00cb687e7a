/**
 * The part of the host's script for commands that end when we end. Our end of their stdin stays open as long as we want
 * them, and what they read comes in pieces before which their length stands: so the end of everything is told from a
 * connection that broke, and a half is never taken for the whole.
 */
export const LOOK_VERBS = String.raw`look)
  # Whoever only looks at how ssh ended must not take one that never began for one that ended well.
  _sw_limit=$1 _sw_fed=$6 _sw_end=127
  # In one piece: this shell reads lines byte by byte.
  _sw_text=$(head -c "$5") _sw_stdin=
  # In a session that many share all of its stdin comes now, as base64: a letter, a byte.
  case $_sw_fed in
  *[!0-9]*) ;;
  *)
    _sw_stdin=$(head -c "$_sw_fed")
    [ "DOLLAR{#_sw_stdin}" = "$_sw_fed" ] || finish "stuck no command came"
    ;;
  esac
  fence "$2" "$3" "$4"
  _sw_whole=
  eval "$_sw_text"
  [ "$_sw_whole" = yes ] || finish "stuck no command came"
  umask "$_sw_umask"
  exec 4<&0
  _sw_pid='' _sw_left='' _sw_pipe=/dev/shm/seaworthy.$_sw_nonce
  left() {
    _sw_left=yes
    [ ! -p "$_sw_pipe" ] || rm -f "$_sw_pipe"
    [ -n "$_sw_pid" ] || return 0
    # Before it leads a group of its own, it is alone.
    kill -s TERM -- "-$_sw_pid" 2>/dev/null || kill -s TERM "$_sw_pid" 2>/dev/null
    for _sw_nap in 0.02 0.03 0.05 0.1 0.3 0.5 1 1 1 1; do
      sleep "$_sw_nap"
      kill -s 0 -- "-$_sw_pid" 2>/dev/null || kill -s 0 "$_sw_pid" 2>/dev/null || return 0
    done
    kill -s KILL -- "-$_sw_pid" 2>/dev/null
  }
  trap left USR1
  pieces() {
    while IFS= read -r _sw_bytes; do
      if [ "$_sw_bytes" = 0 ]; then
        exec >&-
      elif ! head -c "$_sw_bytes"; then
        # It closed its stdin, or is gone.
        cat >/dev/null
      fi
    done
    # Nobody wants it any more, unless it has ended; somebody else may have its number then.
    read -r _sw_self </proc/self/stat
    # shellcheck disable=SC2086 # words of numbers
    set -- DOLLAR{_sw_self##*') '}
    [ "$2" = "$_sw_me" ] || return 0
    kill -s USR1 "$_sw_me"
    # It is to hear of that by a signal, and not by the end of a half.
    _sw_naps=0
    while [ "$_sw_naps" -lt 100 ] && kill -s 0 "$_sw_me"; do
      _sw_naps=$((_sw_naps + 1))
      sleep 0.1
    done
  }
  if [ "$_sw_fed" = unfed ]; then
    timeout -k 5 "$_sw_limit" "$@" </dev/null 4<&- &
    _sw_pid=$!
    pieces <&4 >/dev/null 2>&1 &
  elif [ -n "$_sw_stdin" ]; then
    printf %s "$_sw_stdin" | base64 -d | timeout -k 5 "$_sw_limit" "$@" 4<&- &
    _sw_pid=$!
    pieces <&4 >/dev/null 2>&1 &
  else
    # A shell waits for all of a pipeline, so it is none. The name is needed until both ends have found each other.
    mkfifo "$_sw_pipe" 2>/dev/null || {
      _sw_pipe=$_sw_home/pipe.$_sw_nonce
      mkfifo "$_sw_pipe" || finish "stuck $_sw_home can not be written"
    }
    { rm -f "$_sw_pipe"; exec timeout -k 5 "$_sw_limit" "$@" 4<&-; } <"$_sw_pipe" &
    _sw_pid=$!
    pieces <&4 >"$_sw_pipe" 2>/dev/null &
  fi
  _sw_watch=$!
  exec 4<&- </dev/null
  [ -z "$_sw_left" ] || left
  wait "$_sw_pid"
  _sw_code=$?
  [ -z "$_sw_left" ] || exit 0
  # The next request is not for it.
  [ -z "$_sw_serves" ] || { kill "$_sw_watch" && wait "$_sw_watch"; } 2>/dev/null
  say "exit $_sw_code"
  exit "$_sw_code"
  ;;
quit)
  # Waits until what nobody wants any more is gone. Its name comes in halves, so that ours is not the same.
  for _sw_nap in 0.02 0.03 0.05 0.1 0.2 0.5 1 1 1 1 1 1; do
    printf %s "$1$2" | grep -qsaF -f - /proc/[0-9]*/cmdline || finish ok
    sleep "$_sw_nap"
  done
  finish ok
  ;;
`.replaceAll("DOLLAR", "$");
