import { sha256 } from "../../lib/digest.ts";
import { FENCE_VERBS } from "./host-fence.ts";
import { LOOK_VERBS } from "./host-look.ts";
import { PERFORM_VERB } from "./host-perform.ts";

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
_sw_verb=$1 _sw_nonce=$2 _sw_serves='' _sw_started='' _sw_woken=''
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
# Sets _sw_id: what tells these receipts from later ones.
identity() {
  [ -d "$_sw_receipts" ] || mkdir -p "$_sw_receipts" || finish "stuck $_sw_home can not be written"
  if [ ! -s "$_sw_receipts/.id" ]; then
    od -An -N16 -tx1 /dev/urandom | tr -d ' ' >"$_sw_receipts/.id.$$"
    sync "$_sw_receipts/.id.$$"
    ln "$_sw_receipts/.id.$$" "$_sw_receipts/.id" 2>/dev/null
    rm -f "$_sw_receipts/.id.$$"
    sync "$_sw_home" "$_sw_receipts"
  fi
  read -r _sw_id <"$_sw_receipts/.id"
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

# Sleeps, or until a signal comes or has come.
nap() {
  if [ -z "$_sw_woken" ]; then
    sleep "$1" >/dev/null 2>&1 &
    wait "$!"
  fi
  _sw_woken=
}
follow() {
  _sw_off=$2 _sw_naps=0
  while :; do
    state_of "$1"
    [ "$_sw_state" != starting ] || [ "$_sw_naps" -lt 150 ] || _sw_state="lost it was never seen to begin"
    case $_sw_state in
    running | starting) ;;
    *)
      [ ! -s "$1/out" ] || tail -c "+$((_sw_off + 1))" "$1/out"
      break
      ;;
    esac
    if [ -s "$1/out" ]; then
      _sw_size=$(wc -c <"$1/out")
      if [ "$_sw_size" -gt "$_sw_off" ]; then
        tail -c "+$((_sw_off + 1))" "$1/out" | head -c "$((_sw_size - _sw_off))"
        _sw_off=$_sw_size
      fi
    fi
    _sw_naps=$((_sw_naps + 1))
    [ $((_sw_naps % 60)) = 0 ] && [ -n "$_sw_fence" ] && fence_beat
    # Whoever has started it is woken by its end, and looks for what it says meanwhile.
    if [ "$_sw_naps" -lt 5 ] && [ -z "$_sw_started" ]; then
      nap 0.05
    elif [ "$_sw_naps" -lt 30 ] && [ -z "$_sw_started" ]; then
      nap 0.1
    else
      nap 0.25
    fi
  done
  _sw_dropped=0
  read -r _sw_dropped 2>/dev/null <"$1/dropped"
  say "dropped $_sw_dropped"
  finish "$_sw_state"
}

# What is asked; a request of many begins with nothing of the others'.
act() {
read -r _sw_self </proc/self/stat
_sw_me=DOLLAR{_sw_self%% *}
case $_sw_verb in
facts)
  # facts SCOPE OWNER NUMBER WHO
  claim "$1" "$2" "$3" "$4"
  _sw_id=
  identity
  find "$_sw_receipts" -mindepth 1 -maxdepth 2 \( -type d -mtime +30 -prune -exec rm -rf {} + \) -o \
    \( -name out -mmin +60 -execdir test -e ended \; -exec rm -f {} \; \) 2>/dev/null
  printf 'id=%s\nwho=%s\nhome=%s\nboot=%s\n' "$_sw_id" "$(id)" "$HOME" "$_sw_boot"
  [ -d /run/systemd/system ] && echo systemd=yes
  command -v rsync >/dev/null && echo rsync=yes
  (. /etc/os-release 2>/dev/null; printf 'system=%s\n' "$PRETTY_NAME")
  printf 'clock=%s\n' "$(date +%s.%N)"
  finish ok
  ;;
LOOK_VERBSstart)
  # start RECEIPT OFFSET LIMIT SCOPE OWNER NUMBER ID AGAIN BYTES STDIN-BYTES
  trap _sw_woken=yes USR1
  # First of all, so that whatever comes after belongs to the next request.
  _sw_line=$(head -c "$9") _sw_stdin=
  [ "DOLLAR{10}" = 0 ] || _sw_stdin=$(head -c "DOLLAR{10}")
  # The stdin of the command comes as base64: a letter, a byte.
  case $_sw_line in *_sw_whole=yes) [ "DOLLAR{#_sw_stdin}" = "DOLLAR{10}" ] ;; *) false ;; esac ||
    finish "stuck no command came"
  _sw_dir=$_sw_receipts/$1
  _sw_id=
  read -r _sw_id 2>/dev/null <"$_sw_receipts/.id"
  [ "$_sw_id" = "$7" ] || finish "gone"
  [ "$8" = yes ] && [ ! -d "$_sw_dir" ] && finish "gone"
  if [ ! -d "$_sw_dir" ]; then
    fence "$4" "$5" "$6"
    if mkdir "$_sw_dir" 2>/dev/null; then
      echo "$_sw_boot" >"$_sw_dir/begun" && sync "$_sw_receipts" || {
        rm -rf "$_sw_dir"
        finish "stuck $_sw_home can not be written"
      }
      say begun
      _sw_started=yes
      # A scope of its own keeps it alive when the session's is ended.
      _sw_wrap=
      if [ -w /run/systemd/system ]; then
        _sw_wrap="systemd-run --scope --quiet --collect --unit=seaworthy-$1 --"
      fi
      set -- "$1" "$2" "$3" "$9" "DOLLAR{10}"
      printf %s "$_sw_line" "$_sw_stdin" | {
        exec 4<&0
        if [ -n "$_sw_wrap" ]; then
          $_sw_wrap setsid -w sh "$0" perform "$_sw_nonce" "$1" "$3" "$4" "$5" <&4
        fi
        [ -e "$_sw_dir/pid" ] || setsid -w sh "$0" perform "$_sw_nonce" "$1" "$3" "$4" "$5" <&4
        read -r _sw_self </proc/self/stat
        _sw_self=DOLLAR{_sw_self##*') '}
        # Whoever follows needs not look again and again, as long as he is there.
        case $_sw_self in ?" $_sw_me "*) kill -s USR1 "$_sw_me" ;; esac
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
  [ "$_sw_owner $_sw_number" = "$2 $3" ] && echo "$2 $3 $_sw_who free" >"$_sw_fence.new" && mv "$_sw_fence.new" "$_sw_fence"
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
PERFORM_VERB*)
  finish "stuck this host knows no $_sw_verb"
  ;;
esac
}

[ "$_sw_verb" = serve ] || act "$@"
# One request a line, NONCE VERB WORDS; what follows is the request's own. Both streams say when it is over.
_sw_serves=yes
while read -r _sw_nonce _sw_verb _sw_words; do
  # shellcheck disable=SC2086 # words without blanks
  (act $_sw_words)
  printf '\036%s over\n' "$_sw_nonce"
  printf '\036%s over\n' "$_sw_nonce" >&2
done
`
  .replace("FENCE_VERBS", () => FENCE_VERBS)
  .replace("LOOK_VERBS", () => LOOK_VERBS)
  .replace("PERFORM_VERB", () => PERFORM_VERB)
  .replaceAll("DOLLAR", "$");

/** Where it lies, from the home folder: another text is another name, so that two versions can share a host. */
export const HOST_SCRIPT_PATH = `.seaworthy/bin/host-${sha256(HOST_SCRIPT).slice(0, 16)}.sh`;
