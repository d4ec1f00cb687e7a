/**
 * What a host does for a folder that is sent to it: POSIX sh, GNU findutils and coreutils, flock.
 *
 * The files are gathered in a folder beside the place where they belong, named after what they are, and get their place
 * as a whole, once all of them are proven. Whoever sends the same files shares that folder with us; whoever sends others
 * has one of his own.
 *
 *   begin TO WORK SUM BYTES BASE…   there | in-the-way | roomless FREE | send, and the folders to compare with
 *   copy WORK BASE…                 gone, or the list of manifest.ts
 *   remove WORK                     takes away what stdin names, or gone
 *   unpack WORK                     the tar on stdin; exit code 9: gone
 *   tidy WORK                       gives modes as they must be, or gone
 *   settle TO WORK SUM              proven | gone | differs, and the list
 *   drop WORK
 */
export const SEND_SCRIPT = String.raw`
set -u
export LC_ALL=C
umask 022
verb=$1
shift

list() {
  (
    cd -- "$1" || exit 1
    find . -mindepth 1 \( -type d -printf 'd %m %p\0' -o -type f -printf 'f %m %p\0' -o \
      -type l -printf 'l %p//%l\0' -o -printf '? %p\0' \) | sort -z
    find . -type f -print0 | sort -z | xargs -0 -r sha256sum -z --
  )
}
gone() { echo gone; exit 0; } # somebody who sends the same has given it its place
is() {
  told=$(list "$1" | sha256sum)
  [ "@{told%% *}" = "$2" ]
}
above() { # sets at: the folder of an absolute path
  at=@{1%/*}
  at=@{at:-/}
}
room() { # bytes free where PATH is or would be
  at=$1
  while [ ! -e "$at" ]; do above "$at"; done
  free=$(df --output=avail -B1 -- "$at")
  echo "@{free##*[!0-9]}"
}

case $verb in
begin)
  to=$1 work=$2 sum=$3 bytes=$4
  shift 4
  if [ -L "$to" ] || { [ -e "$to" ] && [ ! -d "$to" ]; }; then echo in-the-way; exit 0; fi
  if [ -d "$to" ] && is "$to" "$sum"; then rm -rf -- "$work"; echo there; exit 0; fi
  has=0
  if [ -d "$work" ]; then has=$(du -s --apparent-size -B1 -- "$work" | cut -f 1); fi
  if [ "$(($(room "$to") + has))" -lt "$bytes" ]; then
    rm -rf -- "$work"
    echo "roomless $(room "$to")"
    exit 0
  fi
  mkdir -p -- "$work" && chmod 00755 "$work" || exit 1
  echo send
  for base in "$to" "$@"; do
    if [ -d "$base" ] && [ ! -L "$base" ] && [ -r "$base" ]; then printf '%s\0' "$base"; fi
  done
  ;;
copy)
  # For tar, which compares nothing: what is likely the same already lies there before we look at what is missing.
  work=$1
  command exec 8<"$work" 2>/dev/null || gone
  flock 8 || exit 1
  [ "$work" -ef /proc/self/fd/8 ] || gone
  if [ "$#" -gt 1 ] && [ -z "$(find "$work" -mindepth 1 -print -quit)" ]; then cp -R -P -- "$2/." "$work/"; fi
  list "$work"
  ;;
remove)
  cd -- "$1" 2>/dev/null || { cat >/dev/null; gone; }
  xargs -0 -r rm -rf --
  ;;
unpack)
  cd -- "$1" 2>/dev/null || exit 9
  exec flock . sh -c '[ . -ef "$0" ] || exit 9; exec tar -x -f - --no-same-owner' "$1"
  ;;
tidy)
  cd -- "$1" 2>/dev/null || gone
  find . -type d ! -perm 755 -exec chmod 00755 {} +
  find . -type f -perm /111 ! -perm 755 -exec chmod 00755 {} +
  find . -type f ! -perm /111 ! -perm 644 -exec chmod 00644 {} +
  ;;
settle)
  to=$1 work=$2 sum=$3
  old=$to.replaced-$$
  someone_else() {
    if [ -d "$to" ] && is "$to" "$sum"; then echo proven; else echo gone; fi
    exit 0
  }
  if [ ! -d "$work" ] || ! command exec 8<"$work"; then someone_else; fi
  flock 8 || exit 1
  if [ ! "$work" -ef /proc/self/fd/8 ]; then someone_else; fi
  if ! is "$work" "$sum"; then echo differs; list "$work"; exit 0; fi
  # Before it gets its name all of it is on disk, and after that the name.
  sync -f "$work" || exit 1
  above "$to"
  exec 9<"$at" && flock 9 || exit 1
  if [ -e "$to" ] || [ -L "$to" ]; then mv -T -- "$to" "$old" || exit 1; fi
  if ! mv -T -- "$work" "$to"; then
    if [ -e "$old" ]; then mv -T -- "$old" "$to"; fi
    exit 1
  fi
  sync "$at" || exit 1
  echo proven
  # Also what senders that never came back have left.
  for left in "$to".replaced-*; do
    if [ -e "$left" ] || [ -L "$left" ]; then rm -rf -- "$left"; fi
  done
  for left in "$to".sending-*; do
    if [ -d "$left" ] && [ -n "$(find "$left" -maxdepth 0 -type d -mmin +60)" ]; then flock -n "$left" rm -rf -- "$left"; fi
  done
  exit 0
  ;;
drop)
  rm -rf -- "$1"
  ;;
esac
`.replaceAll("@{", "${");
