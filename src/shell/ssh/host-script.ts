import { sha256 } from "../../lib/digest.ts";
import { FENCE_VERBS } from "./host-fence.ts";
import { LOOK_VERBS } from "./host-look.ts";

/** How much of a command's output waits on the host to be fetched; what comes after it is counted. */
const KEPT_BYTES = 64 * 1024 * 1024;

/**
 * What runs on a host: POSIX sh with the core utilities, put below `~/.seaworthy` once and called by name afterwards.
 *
 * It answers on stderr in frames, `RS nonce words LF`, so that no output and no exit code of ssh can be taken for an
 * answer. A command comes as its first line of stdin: base64 of a shell text that sets its environment, its folder and
 * its words. A receipt is a folder; making it is the one thing that only one caller can do.
 */
export const HOST_SCRIPT = String.raw`#!/bin/sh
# Put here by Seaworthy; safe to remove while nothing is being deployed.
set -u
_sw_fence=
_sw_umask=$(umask)
umask 077
_sw_home=$HOME/.seaworthy
_sw_receipts=$_sw_home/receipts
_sw_verb=$1 _sw_nonce=$2
shift 2

say() { printf '\036%s %s\n' "$_sw_nonce" "$*" >&2; }
_sw_end=0
finish() { say "$@"; exit "$_sw_end"; }
# Sets _sw_at: when a process began, so that its number is not taken for that of a later one.
started_at() {
  _sw_at=
  read -r _sw_stat 2>/dev/null <"/proc/$1/stat" || return 0
  # shellcheck disable=SC2086 # words of numbers
  set -- DOLLAR{_sw_stat##*') '}
  shift 19
  _sw_at=$1
}
read -r _sw_boot </proc/sys/kernel/random/boot_id
started_at 1
_sw_boot=$_sw_boot-$_sw_at
refused() { finish "not-started $*"; }
# Sets _sw_up: milliseconds since the boot.
uptime() {
  read -r _sw_up _sw_idle </proc/uptime
  _sw_up=DOLLAR{_sw_up%.*}DOLLAR{_sw_up#*.}0
}

FENCE_VERBS
identity() {
  mkdir -p "$_sw_receipts" || finish "stuck $_sw_home can not be written"
  if [ ! -s "$_sw_receipts/.id" ]; then
    od -An -N16 -tx1 /dev/urandom | tr -d ' ' >"$_sw_receipts/.id.$$"
    sync "$_sw_receipts/.id.$$"
    ln "$_sw_receipts/.id.$$" "$_sw_receipts/.id" 2>/dev/null
    rm -f "$_sw_receipts/.id.$$"
    sync "$_sw_home" "$_sw_receipts"
  fi
  cat "$_sw_receipts/.id"
}

runs() {
  read -r _sw_pid _sw_start _sw_booted 2>/dev/null <"$1/pid" || return 1
  [ "$_sw_booted" = "$_sw_boot" ] || return 1
  started_at "$_sw_pid"
  [ "$_sw_at" = "$_sw_start" ]
}

# Sets _sw_state: starting, running, ended HOW, lost WHY, never.
state_of() {
  _sw_state=never
  [ -d "$1" ] || return 0
  if [ ! -e "$1/ended" ]; then
    _sw_state=running
    runs "$1" && return 0
  fi
  # It may have ended between the two looks.
  if [ -e "$1/ended" ]; then
    read -r _sw_how <"$1/ended"
    _sw_state="ended $_sw_how"
    return 0
  fi
  _sw_begun=
  read -r _sw_begun 2>/dev/null <"$1/begun"
  # There is a moment between the receipt and the first word in it.
  if [ -n "$_sw_begun" ] && [ "$_sw_begun" != "$_sw_boot" ]; then
    _sw_state="lost the host was booted anew while it ran"
  elif [ -e "$1/pid" ] && ! runs "$1" && [ ! -e "$1/ended" ]; then
    # Looked at again: it may have begun, or begun and ended, since.
    _sw_state="lost what watched it on the host is gone"
  else
    _sw_state=starting
  fi
}

follow() {
  _sw_off=$2 _sw_naps=0
  while :; do
    state_of "$1"
    _sw_size=0
    [ -s "$1/out" ] && _sw_size=$(wc -c <"$1/out")
    if [ "$_sw_size" -gt "$_sw_off" ]; then
      tail -c "+$((_sw_off + 1))" "$1/out" | head -c "$((_sw_size - _sw_off))"
      _sw_off=$_sw_size
    fi
    case $_sw_state in
    running) ;;
    starting) [ "$_sw_naps" -lt 150 ] || _sw_state="lost it was never seen to begin" ;;
    esac
    case $_sw_state in
    running | starting) ;;
    *) break ;;
    esac
    _sw_naps=$((_sw_naps + 1))
    [ $((_sw_naps % 60)) = 0 ] && [ -n "$_sw_fence" ] && fence_beat
    if [ "$_sw_naps" -lt 8 ]; then
      sleep 0.008
    elif [ "$_sw_naps" -lt 30 ]; then
      sleep 0.05
    else
      sleep 0.2
    fi
  done
  _sw_dropped=0
  read -r _sw_dropped 2>/dev/null <"$1/dropped"
  say "dropped $_sw_dropped"
  finish "$_sw_state"
}

case $_sw_verb in
facts)
  # facts SCOPE OWNER NUMBER WHO
  claim "$1" "$2" "$3" "$4"
  _sw_id=$(identity)
  find "$_sw_receipts" -mindepth 1 -maxdepth 1 -type d -mtime +30 -exec rm -rf {} + 2>/dev/null
  find "$_sw_receipts" -mindepth 2 -maxdepth 2 -name ended -mmin +60 -execdir rm -f ./out \; 2>/dev/null
  printf 'id=%s\nuser=%s\nuid=%s\nhome=%s\nboot=%s\n' "$_sw_id" "$(id -un)" "$(id -u)" "$HOME" "$_sw_boot"
  [ -d /run/systemd/system ] && echo systemd=yes
  command -v rsync >/dev/null && echo rsync=yes
  (. /etc/os-release 2>/dev/null; printf 'system=%s\n' "$PRETTY_NAME")
  printf 'clock=%s\n' "$(date +%s.%N)"
  finish ok
  ;;
LOOK_VERBSstart)
  # start RECEIPT OFFSET LIMIT SCOPE OWNER NUMBER ID AGAIN
  _sw_dir=$_sw_receipts/$1
  _sw_id=
  read -r _sw_id 2>/dev/null <"$_sw_receipts/.id"
  [ "$_sw_id" = "$7" ] || finish "gone"
  [ "$8" = yes ] && [ ! -d "$_sw_dir" ] && finish "gone"
  IFS= read -r _sw_line && IFS= read -r _sw_stdin || finish "stuck no command came"
  if [ ! -d "$_sw_dir" ]; then
    fence "$4" "$5" "$6"
    if mkdir "$_sw_dir" 2>/dev/null; then
      echo "$_sw_boot" >"$_sw_dir/begun" && sync "$_sw_receipts" || {
        rm -rf "$_sw_dir"
        finish "stuck $_sw_home can not be written"
      }
      say begun
      # A scope of its own keeps it alive when the session's is ended.
      _sw_wrap=
      if [ -w /run/systemd/system ]; then
        _sw_wrap="systemd-run --scope --quiet --collect --unit=seaworthy-$1 --"
      fi
      printf '%s\n' "$_sw_line" "$_sw_stdin" | {
        exec 4<&0
        if [ -n "$_sw_wrap" ]; then
          $_sw_wrap setsid -w sh "$0" perform "$_sw_nonce" "$1" "$3" <&4
        fi
        [ -e "$_sw_dir/pid" ] || setsid -w sh "$0" perform "$_sw_nonce" "$1" "$3" <&4
      } >/dev/null 2>&1 &
    elif [ ! -d "$_sw_dir" ]; then
      finish "stuck $_sw_home can not be written"
    fi
  fi
  say begun
  follow "$_sw_dir" "$2"
  ;;
leave)
  # leave SCOPE OWNER NUMBER: it has ended; the next one needs not wait.
  fence_lock "$1"
  [ "$_sw_owner $_sw_number" = "$2 $3" ] && fence_write "$2" "$3" "$_sw_who" free
  finish ok
  ;;
follow)
  follow "$_sw_receipts/$1" "$2"
  ;;
receipt)
  [ "$(cat "$_sw_receipts/.id" 2>/dev/null)" = "$2" ] || finish gone
  state_of "$_sw_receipts/$1"
  if [ "$_sw_state" = starting ]; then
    _sw_state=running
    [ -n "$(find "$_sw_receipts/$1" -maxdepth 0 -newermt '-15 seconds')" ] ||
      _sw_state="lost it was never seen to begin"
  fi
  finish "$_sw_state"
  ;;
cancel)
  _sw_dir=$_sw_receipts/$1
  [ -d "$_sw_dir" ] && [ ! -e "$_sw_dir/ended" ] && : >"$_sw_dir/cancelled"
  _sw_group=$(cat "$_sw_dir/group" 2>/dev/null) && kill -s TERM -- "-$_sw_group" 2>/dev/null
  for _sw_try in 1 2 3 4 5 6 7 8 9 10; do
    [ -e "$_sw_dir/ended" ] && finish ok
    sleep 0.5
  done
  [ -n "$_sw_group" ] && kill -s KILL -- "-$_sw_group" 2>/dev/null
  finish ok
  ;;
perform)
  # Detached: nobody hears us, all goes into the receipt.
  trap '' HUP
  _sw_dir=$_sw_receipts/$1 _sw_limit=$2
  IFS= read -r _sw_line && IFS= read -r _sw_stdin || exit 0
  started_at $$
  # Whole from the first moment, and by one of us alone.
  echo "$$ $_sw_at $_sw_boot" >"$_sw_dir/pid.$$"
  ln "$_sw_dir/pid.$$" "$_sw_dir/pid" 2>/dev/null || exit 0
  conclude() {
    echo "$*" >"$_sw_dir/ended.new"
    sync "$_sw_dir/ended.new"
    mv "$_sw_dir/ended.new" "$_sw_dir/ended"
    rm -f "$_sw_dir/pipe"
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
  eval "$(printf %s "$_sw_line" | base64 -d)"
  umask "$_sw_umask"
  if [ "$_sw_stdin" = - ]; then
    setsid timeout -k 5 "$_sw_limit" "$@" </dev/null >&5 2>&1 5>&- &
  else
    printf %s "$_sw_stdin" | base64 -d 5>&- | setsid timeout -k 5 "$_sw_limit" "$@" >&5 2>&1 5>&- &
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
*)
  finish "stuck this host knows no $_sw_verb"
  ;;
esac
`
  .replace("FENCE_VERBS", () => FENCE_VERBS)
  .replace("LOOK_VERBS", () => LOOK_VERBS)
  .replace("KEPT_BYTES", String(KEPT_BYTES))
  .replaceAll("DOLLAR", "$");

/** Where it lies, from the home folder: another text is another name, so that two versions can share a host. */
export const HOST_SCRIPT_PATH = `.seaworthy/bin/host-${sha256(HOST_SCRIPT).slice(0, 16)}.sh`;
