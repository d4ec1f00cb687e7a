/** What scripts do to units that are ours, and ask of the release in them. */
export const UNITS = String.raw`
units=/etc/systemd/system
named() { # units of a release, where they are on this host
  case $1 in *@PORT.*) printf '%s\n' "$1" | sed "s/@PORT\./@$port./g" ;; *) say "$1" ;; esac
}
wants() { # what enabling a unit of that file does
  [ ! -r "$1" ] || while IFS= read -r line; do
    case $line in WantedBy=* | RequiredBy=* | UpheldBy=* | Alias=* | Also=* | DefaultInstance=*) say "$line" ;; esac
  done <"$1"
}
is_wanted() { # by those that its file names, which is what enables it; anything rarer is systemd's to say
  while IFS= read -r line; do
    case $line in
    WantedBy=*) for target in @{line#*=}; do [ -L "$units/$target.wants/$1" ] || return 1; done ;;
    [#\;]*) ;;
    *WantedBy* | *RequiredBy* | *UpheldBy* | *Alias* | *Also* | *DefaultInstance*) systemctl -q is-enabled -- "$1" 2>/dev/null || return 1 ;;
    esac
  done <"$units/$1"
}
rights() { no sudo-refused "$*"; }
root() { $SUDO "$@" >/dev/null 2>"$meta/said" || { cat "$meta/said" >&2; return 1; }; }
# Ends units that are ours and forgets them.
drop() {
  [ $# -gt 0 ] || return 0
  root systemctl stop -- "$@" || rights systemctl stop "$@"
  root systemctl disable -- "$@"
  for each in "$@"; do root rm -f -- "$units/$each" || rights rm -f "$units/$each"; done
  keep "$meta/installed" "$(others "$@")"
  root systemctl daemon-reload || rights systemctl daemon-reload
}
foreign() {
  [ -z "$ADOPT" ] || return 1
  [ ! -e "/usr/lib/systemd/system/$1" ] && [ ! -e "/lib/systemd/system/$1" ] || return 0
  first_line "$units/$1"
  [ -e "$units/$1" ] && [ "$line" != "$MARK" ]
}
others() { # units of ours that are none of the arguments
  for each in $(installed); do case " $* " in *" $each "*) : ;; *) say "$each" ;; esac; done
}
words() {
  since=$(get begun)
  [ -n "$since" ] || since=0
  set -- $(for each in "$@"; do say -u "$each"; done)
  say "$NONCE words"
  settled
  journal --since "@$since" -n 60 -o cat -q "$@" 2>/dev/null | tail -c 12000
  echo
}
asked() { # what the release answers, as it comes: head, empty line, body
  host=$ASK_HOST
  [ -n "$host" ] || host=127.0.0.1:$ask_port
  if command -v curl >/dev/null; then
    curl -s -i -g -m 5 --noproxy '*' -H "Host: $host" "http://127.0.0.1:$ask_port$ASK_PATH" 2>/dev/null | head -c 65536
  elif command -v python3 >/dev/null; then
    ask_port=$ask_port ask_path=$ASK_PATH ask_host=$host timeout 6 python3 -c '
import os, socket, sys
e = os.environ
s = socket.create_connection(("127.0.0.1", int(e["ask_port"])), 5)
s.sendall(("GET %s HTTP/1.0\r\nHost: %s\r\nAccept: */*\r\n\r\n" % (e["ask_path"], e["ask_host"])).encode())
while True:
    got = s.recv(65536)
    if not got: break
    sys.stdout.buffer.write(got)' 2>/dev/null | head -c 65536
  else
    timeout 6 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$0" && printf "GET %s HTTP/1.0\r\nHost: %s\r\n\r\n" "$1" "$2" >&3 && head -c 65536 <&3' "$ask_port" "$ASK_PATH" "$host" 2>/dev/null
  fi
}
`.replaceAll("@{", "${");
