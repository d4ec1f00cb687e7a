/**
 * Answers all questions to one machine in one go: POSIX sh with the core utilities.
 *
 * Its stdin is data alone, a line each: a nonce, then for each question its kind, how many words follow, and those. It
 * answers in frames, `RS nonce begin N`, what the tools say, `RS nonce end CODE`: what they say can't be taken for a frame.
 */
export const QUESTIONS_SCRIPT = String.raw`
exec 4>&1
export LC_ALL=C
IFS= read -r nonce
command -v timeout >/dev/null 2>&1 || timeout() { shift 3; "$@"; }
say() { printf '\n\036%s %s\n' "$nonce" "$*"; }
has() { command -v -- "$1" >/dev/null 2>&1; }

# run CAP WORDS: bounded in time and in what it may say; its exit code is in $code.
run() {
  cap=$1
  shift
  code=$({ { timeout -k 1 15 "$@" 2>&1 </dev/null 3>&- 4>&-; echo $? >&3; } | head -c "$cap" >&4; } 3>&1)
}

# seen PATH: whether it is a file that can be read; else why not.
seen() {
  if [ -d "$1" ]; then code=21; elif [ ! -e "$1" ]; then code=2; elif [ ! -r "$1" ]; then code=13; else return 0; fi
  return 1
}

ask_tool() {
  if has "$1"; then run 4096 "$@"; else code=127; fi
}
ask_disk() {
  if [ -d "$1" ]; then run 4096 df -Pk -- "$1"; else code=2; fi
}
ask_memory() { run 4096 cat /proc/meminfo; }
ask_port() {
  if [ ! -r /proc/net/tcp ]; then code=2; return; fi
  run 4096 grep -hsiE -m 1 -- "$1" /proc/net/tcp /proc/net/tcp6
}
ask_writable() {
  if made=$(mktemp "$1/.seaworthy-XXXXXX" 2>&1); then rm -f -- "$made"; code=0; else code=1; printf '%.500s' "$made"; fi
}
# file PATH BYTES: its beginning; with 0, how many of its lines say something, at most one.
ask_file() {
  seen "$1" || return
  if [ "$2" = 0 ]; then run 4096 grep -c -m 1 '[^[:space:]]' -- "$1"; else run "$2" cat -- "$1"; fi
}
ask_url() {
  if has curl; then
    printf 'url = "%s"\n' "$1" |
      timeout -k 1 20 curl -q -sS -o /dev/null -w '%{http_code}' --max-time 15 -K - 2>&1 | head -c 4096
    code=0
  elif has python3; then
    printf '%s\n' "$1" | timeout -k 1 20 python3 -c "$2" 2>&1 | head -c 4096
    code=0
  else
    code=127
  fi
}
ask_sudoers() {
  if [ "$(id -u)" = 0 ]; then code=100; elif has sudo; then run 65536 sudo -n -l; else code=127; fi
}
ask_sudo() {
  if [ "$(id -u)" = 0 ]; then code=100; elif has sudo; then run 4096 sudo -n -l -- "$@"; else code=127; fi
}
ask_compose() {
  if docker compose version >/dev/null 2>&1 </dev/null; then
    run 4096 docker compose version --short
  elif has docker-compose; then
    run 4096 docker-compose version --short
  else
    code=127
  fi
}
# postgres HOST PORT NAME=VALUE...: signs in where there is psql; else only whether somebody answers.
ask_postgres() {
  host=$1 port=$2
  shift 2
  if has psql; then
    echo psql
    code=$(for each; do export "$each"; done; run 4096 psql -XwAtc 'show server_version'; echo "$code")
  elif has pg_isready; then
    echo answers
    code=$(for each; do export "$each"; done; run 4096 pg_isready; echo "$code")
  elif [ -z "$host" ]; then
    code=127
  elif has bash; then
    echo answers
    run 4096 bash -c ': <"/dev/tcp/$0/$1"' "$host" "$port"
  elif has python3; then
    echo answers
    run 4096 python3 -c 'import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 10)' "$host" "$port"
  else
    code=127
  fi
}
# sqlite PATH PROGRAM: reads its list of tables where a program for that is there; else only its first bytes.
ask_sqlite() {
  seen "$1" || return
  if has sqlite3; then
    echo tables
    run 4096 sqlite3 -batch -readonly "$1" 'select count(*) from sqlite_master'
  elif has python3; then
    echo tables
    run 4096 python3 -c "$2" "$1"
  else
    echo head
    run 15 head -c 15 -- "$1"
  fi
}

number=0
while IFS= read -r kind && IFS= read -r count; do
  set --
  while [ "$count" -gt 0 ]; do
    IFS= read -r word
    set -- "$@" "$word"
    count=$((count - 1))
  done
  number=$((number + 1)) code=1
  say begin "$number"
  "ask_$kind" "$@" 2>/dev/null
  say end "$code"
done
`;

/** Asks an address that comes by stdin; says its status, or why there is none and 000. */
export const PYTHON_URL = String.raw`import sys, urllib.request as r;sys.excepthook = lambda kind, why, trace: print(why, '000');asis = lambda self, asked, answer: answer;print(r.build_opener(type('AsIs', (r.HTTPErrorProcessor,), {'http_response': asis, 'https_response': asis})).open(sys.stdin.readline().strip(), timeout=15).status)`;

/** Counts the tables of the file that is its first word. */
export const PYTHON_SQLITE = String.raw`import pathlib, sqlite3, sys;print(sqlite3.connect(pathlib.Path(sys.argv[1]).absolute().as_uri() + "?mode=ro", uri=True).execute("select count(*) from sqlite_master").fetchone()[0])`;
