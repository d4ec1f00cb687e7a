/**
 * What a host says of the key's file and of the one that is kept beside it: nothing that tells the key.
 *
 *   look PATH BEFORE FORM     nonce and salt on stdin, a line each
 *
 * `here file PROOF PRINT LENGTH MODE USER:GROUP UID:GID`: digests of nonce and content, and of salt and content, and the length of
 * what the form stands for. Or `here link`, `folder`, `other`, `absent`, `hidden`, `unreadable`.
 *
 *   keep PATH BEFORE          lets the key that is there be found as BEFORE, too
 *   restore PATH BEFORE       puts it back
 *   remove PATH               nonce and proof on stdin: takes the file away if it is that one
 *   forget BEFORE             removes what was kept
 */
export const KEY_SCRIPT = String.raw`
set -u
export LC_ALL=C
umask 077
verb=$1 path=$2
digest() { { printf %s "$1"; cat -- "$2"; } | sha256sum | cut -c 1-64; }

# The file may be there and not be seen: a folder on its way may not be entered.
hidden() {
  above=$1
  while [ "$above" != / ] && [ "$above" != . ]; do
    above=$(dirname -- "$above")
    if [ -e "$above" ]; then [ -d "$above" ] && [ ! -x "$above" ]; return; fi
  done
  return 1
}

length() {
  case $2 in
  hex) if tr -d '\n' <"$1" | grep -qxE '([0-9a-fA-F]{2})+'; then echo $(($(tr -d '\n' <"$1" | wc -c) / 2)); else echo -1; fi ;;
  base64) if base64 -d <"$1" >/dev/null 2>&1; then base64 -d <"$1" | wc -c; else echo -1; fi ;;
  *) wc -c <"$1" ;;
  esac
}

about() { # LABEL PATH
  if [ -L "$2" ]; then echo "$1 link"
  elif [ -d "$2" ]; then echo "$1 folder"
  elif [ ! -e "$2" ]; then if hidden "$2"; then echo "$1 hidden"; else echo "$1 absent"; fi
  elif [ ! -f "$2" ]; then echo "$1 other"
  elif [ ! -r "$2" ]; then echo "$1 unreadable"
  else
    echo "$1 file $(digest "$nonce" "$2") $(digest "$salt" "$2") $(length "$2" "$form") $(stat -c '%a %U:%G %u:%g' -- "$2")"
  fi
}

durable() { sync -- "$(dirname -- "$path")" 2>/dev/null || sync; }

case $verb in
look)
  IFS= read -r nonce && IFS= read -r salt || exit 1
  form=$4
  about here "$path"
  about before "$3"
  ;;
keep)
  if [ ! -e "$3" ] && ! ln -- "$path" "$3" 2>/dev/null; then
    cp -p -- "$path" "$3.new" && sync -- "$3.new" && mv -T -- "$3.new" "$3" || exit 1
  fi
  durable && echo done
  ;;
restore)
  mv -f -T -- "$3" "$path" && durable && echo done
  ;;
remove)
  IFS= read -r nonce && IFS= read -r proof || exit 1
  if [ -e "$path" ] && [ "$(digest "$nonce" "$path")" = "$proof" ]; then rm -f -- "$path" && durable; fi && echo done
  ;;
forget)
  rm -f -- "$path" && durable && echo done
  ;;
esac
`;
